# FLIP-MCL: FLIP-IT, SimCLR between two views, consistency of image-text similarity; alpha = beta = gamma = 1.
_base_ = ["./flip_it.py"]
model = dict(
    head=dict(
        type="FLIPMCLHead",
        loss=dict(type="CrossEntropyLoss", loss_weight=1.0),
        simclr=dict(type="SimCLRLoss", temperature=0.1, loss_weight=1.0),
        consistency=dict(type="ViewConsistencyLoss", loss_weight=1.0),
        # Further losses: losses=dict(NAME=dict(type="...", loss_weight=1.0)), see docs/options.md.
    )
)

"""ADA on the synthetic data set: stage 2, with the target's unlabelled images.

    flip_mm run configs/ada/ada_demo.py --runs O
    python tools/train.py configs/ada/ada_demo.py --target O --cfg-options load_from=STAGE1.pth

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = ["./ada_source_demo.py"]
previous_stage = "ada_source_demo.py"
run = dict(unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
model = dict(type="ADDA", critic_channels=(64, 64))
adam = dict(type="Adam", betas=(0.5, 0.9))
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    critic=dict(optimizer=dict(lr=1e-3, **adam)),
    target=dict(parts=["backbone", "neck"], optimizer=dict(lr=1e-5, **adam)),
)
param_scheduler = []
train_cfg = dict(max_iters=100, val_interval=50)
default_hooks = dict(
    checkpoint=dict(interval=50),
    warm_start=dict(type="WarmStartHook", copies={"source.backbone": "backbone", "source.neck": "neck"}),
)

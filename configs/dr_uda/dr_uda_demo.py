"""DR-UDA on the synthetic data set: stage 2 after ADA's stage 1, with the target's unlabelled images.

    flip_mm run configs/dr_uda/dr_uda_demo.py --runs O
    python tools/train.py configs/dr_uda/dr_uda_demo.py --target O --cfg-options load_from=STAGE1.pth

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = ["../ada/ada_demo.py"]
previous_stage = "../ada/ada_source_demo.py"
model = dict(
    type="DRUDA",
    decoder=dict(type="DeconvDecoder", in_channels=128, channels=(64, 32, 32, 16, 16)),
    phases=(20, 10, 10),
    reconstruction_weight=0.3,
)
optim_wrapper = dict(target=dict(parts=["backbone", "neck", "decoder"]))

"""FLIP-MCL from the small CLIP of clip_pretrain_demo.py.

    python tools/train.py configs/language/language_mcl_pretrained.py --target O

A variant of the experiment in docs/language.md, on the synthetic data set.
"""

_base_ = ["./language_mcl_scratch.py"]
model = dict(backbone=dict(pretrained="work_dirs/clip_pretrain_demo/seed0/iter_800.pth"))

"""KSA-like on the synthetic data set: a narrow ResNet-18 with random weights.

    python tools/train.py configs/ksa_like/ksa_like_demo.py --target O

Shows that everything works; metrics on synthetic faces prove nothing about real attacks.
"""

_base_ = [
    "../_base_/models/ksa_like.py",
    "../_base_/datasets/demo_bs3_64.py",
    "../_base_/schedules/adam_4k.py",
    "../_base_/default_runtime.py",
]
run = dict(protocol="p1", target="O", aux=False, unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
model = dict(backbone=dict(init_cfg=None))
custom_hooks = [dict(type="FitOnceHook")]
# Two steps that change nothing, for two validations.
train_cfg = dict(max_iters=2, val_interval=1)

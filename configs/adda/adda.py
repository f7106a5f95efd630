"""ADDA, stage 2: an encoder of the unlabelled target learns to deceive a critic; the classifier is that of stage 1.

    flip_mm run configs/adda/adda.py --runs C-I
    python tools/train.py configs/adda/adda.py --source C --target I --cfg-options load_from=STAGE1.pth

Training sees target images, those of the test too, without labels. The settings are those of the PyTorch program for digits;
the authors' update both networks at once (model.simultaneous), with lr 2e-4 and a weight decay of 2.5e-5 for the critic.
"""

_base_ = ["./adda_source.py"]
previous_stage = "adda_source.py"
run = dict(unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
model = dict(type="ADDA", backbone=dict(init_cfg=None))
adam = dict(type="Adam", lr=1e-4, betas=(0.5, 0.9))
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    critic=dict(optimizer=adam),
    target=dict(parts=["backbone", "neck"], optimizer=adam),
)
param_scheduler = []
default_hooks = dict(warm_start=dict(type="WarmStartHook", copies={"source.backbone": "backbone", "source.neck": "neck"}))

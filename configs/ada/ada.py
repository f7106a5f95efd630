"""ADA, stage 2: an encoder of the unlabelled target learns to deceive a critic.

    flip_mm run configs/ada/ada.py --runs C-I
    python tools/train.py configs/ada/ada.py --source C --target I --cfg-options load_from=STAGE1.pth

Training sees target images, those of the test too, without labels. An epoch of the release is 100 iterations, as in stage 1.
"""

_base_ = ["./ada_source.py"]
previous_stage = "ada_source.py"
run = dict(unlabelled="train")
# Source images are not augmented in this stage.
by_role = dict(type="ByRole", train=[{{_base_.centre}}], adapt={{_base_.augment}})
pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, by_role, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(run=run, pipeline=pipeline))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = dict(dataset=dict(run=run))
model = dict(type="ADDA")
adam = dict(type="Adam", betas=(0.5, 0.9))
optim_wrapper = dict(
    _delete_=True,
    constructor="MultiOptimWrapperConstructor",
    critic=dict(optimizer=dict(lr=1e-3, **adam)),
    target=dict(parts=["backbone", "neck"], optimizer=dict(lr=1e-5, **adam)),
)
param_scheduler = []
default_hooks = dict(warm_start=dict(type="WarmStartHook", copies={"source.backbone": "backbone", "source.neck": "neck"}))

"""DR-UDA, stage 2: ADA with a centre loss and a reconstruction of target images, at 256 px, a multiple of 32 for the decoder.

    flip_mm run configs/dr_uda/dr_uda.py --runs C-I
    python tools/train.py configs/dr_uda/dr_uda.py --source C --target I --cfg-options load_from=STAGE1.pth

Training sees the target's images, those of the test too, without labels. The release switches the phases of the centre loss and
of the reconstruction off, with comments that give their order; an epoch of a phase is 100 iterations here. Of the paper's joint
training, phases=None and source_reconstruction_weight are the options.
"""

_base_ = ["../ada/ada.py"]
previous_stage = "../ada/ada_source.py"
model = dict(
    type="DRUDA",
    decoder=dict(type="DeconvDecoder", in_channels=512, channels=(256, 256, 128, 64, 32)),
    phases=(100, 100, 100),
    reconstruction_weight=0.3,
)
optim_wrapper = dict(target=dict(parts=["backbone", "neck", "decoder"]))
# 2,000 iterations of each phase.
train_cfg = dict(max_iters=6000)

image_size = (256, 256)
resize = dict(type="torchvision/Resize", size=(264, 264), interpolation="bilinear")
centre = dict(type="torchvision/CenterCrop", size=image_size)
augment = [dict(type="torchvision/RandomCrop", size=image_size), *_base_.augment[1:]]
by_role = dict(type="ByRole", train=[centre], adapt=augment)
train_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, by_role, {{_base_.to_numpy}}, {{_base_.pack}}]
test_pipeline = [{{_base_.load}}, {{_base_.to_pil}}, resize, centre, {{_base_.to_numpy}}, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# PatchNet: an ImageNet ResNet-18 and a margin softmax over the cameras and materials of the run.
_base_ = ["./erm_r18.py"]
model = dict(
    type="PatchNet",
    head=dict(_delete_=True, type="AMSoftmaxHead", in_channels=512),
    data_preprocessor=dict(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    patch_size=160,
)

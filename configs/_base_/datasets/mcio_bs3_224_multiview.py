# As mcio_bs3_224.py, but training gives three views [I, V1, V2] of the same jittered, resized image (FLIP-MCL).
_base_ = ["./mcio_bs3_224.py"]

# The blur is symmetric, so its order with the flip does not matter.
simclr_view = [
    dict(type="torchvision/RandomResizedCrop", size={{_base_.image_size}}, scale=(0.08, 1.0)),
    dict(
        type="RandomApply",
        transforms=[dict(type="torchvision/ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)],
        prob=0.8,
    ),
    dict(type="torchvision/RandomGrayscale", p=0.2),
    {{_base_.flip}},
    {{_base_.to_numpy}},
    dict(type="GaussianBlur", magnitude_range=(0.1, 2.0), magnitude_std="inf", prob=0.5),
]
train_pipeline = [
    {{_base_.load}},
    dict(type="SaturationJitter", magnitude=0.2, prob=0.5),
    {{_base_.to_pil}},
    {{_base_.resize}},
    dict(type="MultiView", num_views=[1, 2], transforms=[[{{_base_.flip}}, {{_base_.to_numpy}}], simclr_view]),
    {{_base_.pack}},
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

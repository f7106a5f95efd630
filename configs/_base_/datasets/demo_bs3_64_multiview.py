# As demo_bs3_64.py with three views like those of mcio_bs3_224_multiview.py, without the blur.
_base_ = ["./demo_bs3_64.py"]

# A larger minimum crop than at 224 px: a tenth of a 64 px image is too small.
simclr_view = [
    dict(type="torchvision/RandomResizedCrop", size={{_base_.image_size}}, scale=(0.4, 1.0)),
    dict(
        type="RandomApply",
        transforms=[dict(type="torchvision/ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)],
        prob=0.8,
    ),
    dict(type="torchvision/RandomGrayscale", p=0.2),
    {{_base_.flip}},
    {{_base_.to_numpy}},
]
train_pipeline = [
    {{_base_.load}},
    {{_base_.jitter}},
    {{_base_.to_pil}},
    {{_base_.resize}},
    dict(type="MultiView", num_views=[1, 2], transforms=[[{{_base_.flip}}, {{_base_.to_numpy}}], simclr_view]),
    {{_base_.pack}},
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

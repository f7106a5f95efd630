# As mcio_bs3_224.py, but training gives three views [I, V1, V2] of the same jittered, resized image (FLIP-MCL).
_base_ = ["./mcio_bs3_224.py"]

views = dict(
    type="TrainingViews",
    image_size={{_base_.image_size}},
    simclr_views=2,
    scale=(0.08, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
    grey_prob=0.2,
    sigmas=(0.1, 2.0),
    blur_prob=0.5,
    flip_prob=0.5,
    # "pillow" gives exactly the pixels of the release, "device" renders on the GPU; see docs/training_data.md.
    views="opencv",
)
train_pipeline = [{{_base_.load}}, {{_base_.jitter}}, views, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

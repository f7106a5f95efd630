# As demo_bs3_64.py with three views like those of mcio_bs3_224_multiview.py, without the blur.
_base_ = ["./demo_bs3_64.py"]

# A larger minimum crop than at 224 px: a tenth of a 64 px image is too small.
views = dict(
    type="TrainingViews", image_size={{_base_.image_size}}, simclr_views=2, scale=(0.4, 1.0), blur_prob=0.0, views="opencv"
)
train_pipeline = [{{_base_.load}}, {{_base_.jitter}}, views, {{_base_.pack}}]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

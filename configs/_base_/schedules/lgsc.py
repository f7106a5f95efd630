# The release's 15 epochs: warm-up of 1000 iterations, rate times 0.3 after 5, 8 and 12 epochs; here 4000 iterations in all.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(lr=5e-4, weight_decay=5e-4))
param_scheduler = [
    dict(type="LinearLR", start_factor=0.001, by_epoch=False, end=1000),
    dict(type="MultiStepLR", by_epoch=False, milestones=[1333, 2133, 3200], gamma=0.3),
]

# As adam_4k.py with the rate that image classifiers are fine-tuned with.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(_delete_=True, type="SGD", lr=0.01, momentum=0.9, weight_decay=5e-4))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=4000)]

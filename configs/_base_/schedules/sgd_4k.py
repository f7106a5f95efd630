# As adam_4k.py, with SGD and a usual rate to fine-tune image classifiers.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(_delete_=True, type="SGD", lr=0.01, momentum=0.9, weight_decay=5e-4))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=4000)]

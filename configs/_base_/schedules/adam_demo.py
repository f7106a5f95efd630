# Random weights need a larger rate and fewer steps than fine-tuning CLIP.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=1e-5))
param_scheduler = [dict(type="CosineAnnealingLR", by_epoch=False, T_max=800, eta_min=1e-5)]
train_cfg = dict(max_iters=800, val_interval=200)

# MADDG, RfMeta: Adam with a constant rate. The release trains 10 epochs of the longest stream of a (domain, class), 10 images
# of it in a step. Its lists are not published: with 30,000 images in that stream, these are 30,000 iterations.
_base_ = ["./adam_4k.py"]
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.0))
train_cfg = dict(max_iters=30000, val_interval=500)
auto_scale_lr = dict(base_batch_size=10)

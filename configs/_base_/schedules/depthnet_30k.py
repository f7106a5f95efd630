# MADDG, RfMeta: Adam with a constant rate. The release trains 10 epochs of the longest stream of a (domain, class), 10 images
# of it in a step. Its lists are not published: with 30,000 images in that stream, these are 30,000 iterations.
optim_wrapper = dict(
    type="OptimWrapper",
    constructor="TrainableOptimWrapperConstructor",
    optimizer=dict(type="Adam", lr=1e-3, fused=True),
)
param_scheduler = []
train_cfg = dict(type="ResumableTrainLoop", max_iters=30000, val_interval=500)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=10)

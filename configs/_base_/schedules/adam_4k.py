# The published schedule: Adam with L2 weight decay, constant rate, validation on the target every 100 iterations.
# The constructor leaves the parameters in `model.frozen` out of the optimizer. `fused`: one kernel updates all parameters, see
# docs/speed.md; trainings that started before this default continue with `fused=False`.
optim_wrapper = dict(
    type="OptimWrapper",
    constructor="TrainableOptimWrapperConstructor",
    optimizer=dict(type="Adam", lr=1e-6, weight_decay=1e-6, fused=True),
)
param_scheduler = []
train_cfg = dict(type="ResumableTrainLoop", max_iters=4000, val_interval=100)
val_cfg = dict()
test_cfg = dict()
# `batch_size` counts images per (domain, class) and rank.
auto_scale_lr = dict(base_batch_size=3)

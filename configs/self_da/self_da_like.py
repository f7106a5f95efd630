"""Self-DA-like, protocol 1: an adaptor, trained by meta-learning, that adapts itself to the unlabelled test images.

    python tools/train.py configs/self_da/self_da_like.py --target O

Implemented from descriptions of the paper; its authors published no code. Needs depth maps (docs/depth.md) and at least two
source domains. Every validation and test uses all images of the target, without labels: its results are not comparable with
those of methods that see no target images. Length: as RfMeta, a choice.
"""

_base_ = [
    "../_base_/models/self_da_like.py",
    "../_base_/datasets/mcio_depth_noflip_bs10_256.py",
    "../_base_/schedules/self_da_like.py",
    "../_base_/default_runtime.py",
]
default_hooks = dict(adaptation=dict(type="TestTimeAdaptHook", passes=1, batch_size=60, rate=1e-3))

"""FLIP-V, protocol 1, as a linear probe: a frozen image tower, one linear layer.

    python tools/train.py configs/ablations/flip_v_p1_linear-probe.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_v_p1.py"]
model = dict(head=dict(type="LinearProbeHead"), frozen=["backbone"])
# A new layer needs a larger rate than fine-tuning.
optim_wrapper = dict(optimizer=dict(lr=1e-3))

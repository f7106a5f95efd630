"""FLIP-V on the synthetic data set, as a linear probe: a frozen image tower, one linear layer.

    python tools/train.py configs/ablations/flip_v_demo_linear-probe.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_v_demo.py"]
model = dict(head=dict(type="LinearProbeHead"), frozen=["backbone"])

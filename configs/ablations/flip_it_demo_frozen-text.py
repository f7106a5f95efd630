"""FLIP-IT on the synthetic data set, with a frozen text tower.

    python tools/train.py configs/ablations/flip_it_demo_frozen-text.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_it_demo.py"]
model = dict(frozen=["backbone.text_tower"])

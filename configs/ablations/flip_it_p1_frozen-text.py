"""FLIP-IT, protocol 1, with a frozen text tower.

    python tools/train.py configs/ablations/flip_it_p1_frozen-text.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_it_p1.py"]
model = dict(frozen=["backbone.text_tower"])

"""FLIP-IT, protocol 1, with each prompt embedding normalised before the mean.

    python tools/train.py configs/ablations/flip_it_p1_prompts-normalised.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_it_p1.py"]
model = dict(head=dict(normalize_prompts=True))

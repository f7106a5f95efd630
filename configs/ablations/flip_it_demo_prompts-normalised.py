"""FLIP-IT on the synthetic data set, with each prompt embedding normalised before the mean.

    python tools/train.py configs/ablations/flip_it_demo_prompts-normalised.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_it_demo.py"]
model = dict(head=dict(normalize_prompts=True))

"""FLIP-IT on the synthetic data set, with P1 and P2.

    python tools/train.py configs/ablations/flip_it_demo_prompts-first2.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_it_demo.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.first2}}))

"""FLIP-MCL on the synthetic data set, with two disjoint halves of the prompts.

    python tools/train.py configs/ablations/flip_mcl_demo_split-paper.py --target O

Metrics on synthetic faces prove nothing about real attacks; see docs/ablations.md.
"""

_base_ = ["../flip_mcl_demo.py"]
model = dict(head=dict(prompt_split="paper"))

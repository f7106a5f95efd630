"""FLIP-MCL, protocol 1, with two disjoint halves of the prompts.

    python tools/train.py configs/ablations/flip_mcl_p1_split-paper.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_mcl_p1.py"]
model = dict(head=dict(prompt_split="paper"))

"""FLIP-IT, protocol 1, with P1 and P2.

    python tools/train.py configs/ablations/flip_it_p1_prompts-first2.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.first2}}))

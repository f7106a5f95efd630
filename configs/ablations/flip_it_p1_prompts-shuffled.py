"""FLIP-IT, protocol 1, with the words of all prompts shuffled.

    python tools/train.py configs/ablations/flip_it_p1_prompts-shuffled.py --target O

There is no published value; see docs/ablations.md.
"""

_base_ = ["../flip_it_p1.py", "../_base_/prompts/sets.py"]
model = dict(head=dict(prompts={{_base_.prompt_sets.shuffled}}))

"""FLIP-IT from random weights, with prompts without meaning.

    python tools/train.py configs/language/language_it_scratch_meaningless.py --target O

A variant of the experiment in docs/language.md, on the synthetic data set.
"""

_base_ = ["./language_it_scratch.py", "../_base_/prompts/meaningless.py"]
model = dict(head=dict(prompts={{_base_.meaningless}}))

"""FLIP-MCL from random weights, with prompts without meaning.

    python tools/train.py configs/language/language_mcl_scratch_meaningless.py --target O

A variant of the experiment in docs/language.md, on the synthetic data set.
"""

_base_ = ["./language_mcl_scratch.py", "../_base_/prompts/meaningless.py"]
model = dict(head=dict(prompts={{_base_.meaningless}}))

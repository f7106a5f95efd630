"""FLIP-MCL from the small CLIP, with prompts without meaning.

    python tools/train.py configs/language/language_mcl_pretrained_meaningless.py --target O

A variant of the experiment in docs/language.md, on the synthetic data set.
"""

_base_ = ["./language_mcl_pretrained.py", "../_base_/prompts/meaningless.py"]
model = dict(head=dict(prompts={{_base_.meaningless}}))

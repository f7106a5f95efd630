"""FLIP-MCL from random weights, with prompts without meaning; a variant of the experiment in docs/language.md."""

_base_ = ["./language_mcl_scratch.py", "../_base_/prompts/meaningless.py"]
model = dict(head=dict(prompts={{_base_.meaningless}}))

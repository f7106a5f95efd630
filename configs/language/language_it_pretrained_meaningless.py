"""FLIP-IT from the small CLIP, with prompts without meaning; a variant of the experiment in docs/language.md."""

_base_ = ["./language_it_pretrained.py", "../_base_/prompts/meaningless.py"]
model = dict(head=dict(prompts={{_base_.meaningless}}))

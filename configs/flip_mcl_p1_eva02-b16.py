"""FLIP-MCL, protocol 1, with EVA02 as the backbone: how to use another backbone.

Sizes, tokenizer and context length follow from the name; open_clip.list_pretrained() names the weights of each. The paper's
table 2 has no value for EVA02: its backbone is OpenAI's ViT-B/16 (flip_mcl_p1.py).

    python tools/train.py configs/flip_mcl_p1_eva02-b16.py --target O
"""

_base_ = ["./flip_mcl_p1.py"]
model = dict(backbone=dict(arch="EVA02-B-16", pretrained="merged2b_s8b_b131k"))

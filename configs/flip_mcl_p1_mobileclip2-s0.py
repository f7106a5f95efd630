"""FLIP-MCL, protocol 1, with MobileCLIP2-S0, a CNN of 11 M parameters for phones; at 224 px, with its own normalisation.

The licence of these weights (LICENSE_MODELS of github.com/apple/ml-mobileclip) allows them and models fine-tuned from them
"exclusively for Research Purposes", which "does not include any commercial exploitation, product development or use in any
commercial product or service". The paper has no values for this backbone.

    python tools/train.py configs/flip_mcl_p1_mobileclip2-s0.py --target O
"""

_base_ = ["./flip_mcl_p1.py"]
model = dict(
    backbone=dict(arch="MobileCLIP2-S0", pretrained="dfndr2b", image_size=224),
    data_preprocessor=dict(mean="backbone", std="backbone"),
)

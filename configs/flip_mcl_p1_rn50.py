"""FLIP-MCL, protocol 1, with OpenAI's CLIP ResNet-50, whose image tower is a CNN with attention pooling.

Its BatchNorm uses the statistics of the batch in training. The paper has no values for this backbone.

    python tools/train.py configs/flip_mcl_p1_rn50.py --target O
"""

_base_ = ["./flip_mcl_p1.py"]
model = dict(backbone=dict(arch="RN50-quickgelu"))

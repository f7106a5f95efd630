# FLIP-IT: similarity of the image embedding and the averaged prompts. OpenAI's weights were trained with QuickGELU.
_base_ = ["../prompts/ensemble.py"]
model = dict(
    type="FLIP",
    backbone=dict(type="OpenCLIP", arch="ViT-B-16-quickgelu", pretrained="openai"),
    head=dict(type="FLIPITHead", prompts={{_base_.prompts}}),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)

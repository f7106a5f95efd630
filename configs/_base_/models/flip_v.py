# FLIP-V: CLIP's image tower and an MLP. OpenAI's weights were trained with QuickGELU.
model = dict(
    type="FLIP",
    backbone=dict(type="OpenCLIP", arch="ViT-B-16-quickgelu", pretrained="openai", text=False),
    head=dict(type="FLIPVHead"),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)

# ViT of FLIP's tables: an ImageNet ViT-B/16 of timm and the head of FLIP-V. jx weights, as of timm 0.4: ImageNet-21k, then 1k.
model = dict(
    type="FLIP",
    backbone=dict(type="TimmTower", arch="vit_base_patch16_224", pretrained="orig_in21k_ft_in1k"),
    head=dict(type="FLIPVHead"),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)

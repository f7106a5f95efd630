# ViTAF*: adapters in a frozen ViT, trained with the head of the stage before. Constants of protocols 1 and 3.
_base_ = ["./vit.py"]
model = dict(
    type="ViTAF",
    backbone=dict(type="ViTAFTower", adapter_channels=64, gamma=0.3, beta=0.5),
    # Released: the term never reaches the loss. Its weights: 0.03 for the targets C and I, 1 for M and O.
    orthogonality=0.0,
    # All but adapters, noise and head; few_shot_fas froze the head, too: add "head".
    frozen=[
        *(f"backbone.visual.{part}" for part in ("cls_token", "pos_embed", "patch_embed", "norm")),
        *(f"backbone.visual.blocks.*.{part}" for part in ("norm1", "attn", "norm2", "mlp")),
    ],
)

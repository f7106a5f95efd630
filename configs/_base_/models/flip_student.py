# A student of FLIP: a small CNN, the prompts of the teacher, losses on labels, logits and embeddings.
_base_ = ["../prompts/ensemble.py"]
model = dict(
    type="FLIPStudent",
    backbone=dict(type="SmallCNN", channels=(8, 16, 32, 64), embed_dims=512),
    head=dict(
        type="FLIPITHead",
        prompts={{_base_.prompts}},
        loss=dict(type="CrossEntropyLoss", loss_weight=1.0),
        losses=dict(
            logits=dict(type="LogitDistillationLoss", temperature=4.0, loss_weight=1.0),
            embeddings=dict(type="EmbeddingDistillationLoss", num_views=3, loss_weight=10.0),
        ),
    ),
    data_preprocessor=dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet"),
)

# M, C, I, O (+ CelebA-Spoof) for training and test as in FLIP; one image per sample (FLIP-V, FLIP-IT).
run = dict(protocol="p1", target="O")
data_root = "data/MCIO"
image_size = (224, 224)

# mmengine's default leaves a batch as lists; MMPretrain's tools and ours need tensors.
collate_fn = dict(type="default_collate")
# Metadata for metrics and methods (docs/new_method.md).
meta_keys = (
    *("sample_idx", "img_path", "video_id", "frame", "role"),
    *("domain", "domain_index", "subject", "session", "device", "attack_type", "medium"),
    "view_parameters",  # only with TrainingViews(views="device")
)
load = dict(type="LoadFrame")
to_pil = dict(type="NumpyToPIL", to_rgb=True)
resize = dict(type="torchvision/Resize", size=image_size, interpolation="bicubic")
flip = dict(type="torchvision/RandomHorizontalFlip", p=0.5)
to_numpy = dict(type="PILToNumpy")
pack = dict(type="PackInputs", meta_keys=meta_keys)
jitter = dict(type="SaturationJitter", magnitude=0.2, prob=0.5)
# "pillow" gives exactly the pixels of the release, "device" renders on the GPU; see docs/training_data.md.
views = dict(type="TrainingViews", image_size=image_size, flip_prob=0.5, views="opencv")

train_pipeline = [load, jitter, views, pack]
test_pipeline = [load, to_pil, resize, to_numpy, pack]

train_dataloader = dict(
    batch_size=3,
    num_workers=4,
    dataset=dict(type="FASDataset", run=run, split="train", data_root=data_root, pipeline=train_pipeline),
    sampler=dict(type="InfiniteSampler", shuffle=True),
    batch_sampler=dict(type="DomainClassBatchSampler"),
    collate_fn=collate_fn,
)
val_dataloader = dict(
    batch_size=10,
    num_workers=4,
    dataset=dict(type="FASDataset", run=run, split="test", data_root=data_root, pipeline=test_pipeline),
    sampler=dict(type="DefaultSampler", shuffle=False),
    collate_fn=collate_fn,
)
test_dataloader = val_dataloader
val_evaluator = dict(type="FASMetric", threshold="paper")
test_evaluator = val_evaluator

# Images with captions of `flip_mm synth --out data/captions --captions 8000`, at 64 px.
data_root = "data/captions"
image_size = (64, 64)

collate_fn = dict(type="default_collate")
# No flip: some captions say from which side the light comes.
pipeline = [
    dict(type="LoadFrame"),
    dict(type="NumpyToPIL", to_rgb=True),
    dict(type="torchvision/Resize", size=image_size, interpolation="bicubic"),
    dict(type="PILToNumpy"),
    dict(type="PackInputs", algorithm_keys=["gt_caption"], meta_keys=["img_path"]),
]
train_dataloader = dict(
    batch_size=128,
    num_workers=1,
    dataset=dict(type="COCOCaption", data_root=data_root, ann_file="captions_train.json", pipeline=pipeline),
    sampler=dict(type="InfiniteSampler", shuffle=True),
    collate_fn=collate_fn,
)
# The caption of each image is found among those of its batch: 1 % by chance.
val_dataloader = dict(
    batch_size=100,
    num_workers=1,
    dataset=dict(type="COCOCaption", data_root=data_root, ann_file="captions_val.json", pipeline=pipeline),
    sampler=dict(type="DefaultSampler", shuffle=False),
    collate_fn=collate_fn,
)
val_evaluator = dict(type="Accuracy", topk=(1, 5))
test_dataloader = val_dataloader
test_evaluator = val_evaluator

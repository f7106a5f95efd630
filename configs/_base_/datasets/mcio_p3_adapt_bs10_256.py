# As mcio_bs10_256.py, with one source and the unlabelled training images of the target: as many as of the source.
_base_ = ["./mcio_bs10_256.py"]
run = dict(protocol="p3", source="C", target="I", aux=False, unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader

# As mcio_bs3_224_multiview.py, with one source.
_base_ = ["./mcio_bs3_224_multiview.py"]
run = dict(protocol="p3", source="C", target="I")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader

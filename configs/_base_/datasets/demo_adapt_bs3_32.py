# As demo_bs3_32.py, with the unlabelled training images of the target.
_base_ = ["./demo_bs3_32.py"]
run = dict(protocol="p1", target="O", aux=False, unlabelled="train")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader

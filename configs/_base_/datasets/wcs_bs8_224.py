# W, CeFA, S (+ CelebA-Spoof) for training and test as in FLIP-V and FLIP-IT: 8 images per (domain, class).
_base_ = ["./mcio_bs3_224.py"]
run = dict(protocol="p2", target="W")
data_root = "data/WCS"
train_dataloader = dict(batch_size=8, dataset=dict(run=run, data_root=data_root))
val_dataloader = dict(dataset=dict(run=run, data_root=data_root))
test_dataloader = val_dataloader

# W, CeFA, S (+ CelebA-Spoof) with three views (FLIP-MCL).
_base_ = ["./mcio_bs3_224_multiview.py"]
run = dict(protocol="p2", target="W")
data_root = "data/WCS"
train_dataloader = dict(dataset=dict(run=run, data_root=data_root))
val_dataloader = dict(dataset=dict(run=run, data_root=data_root))
test_dataloader = val_dataloader

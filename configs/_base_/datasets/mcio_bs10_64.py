# As mcio_p3_bs32_64.py, protocol 1 with ten images per (domain, class).
_base_ = ["./mcio_p3_bs32_64.py"]
run = dict(_delete_=True, protocol="p1", target="O", aux=False)
train_dataloader = dict(batch_size=10, dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader

# KSA-like: features of an ImageNet ResNet-18, aligned kernel subspaces, a linear support vector machine.
_base_ = ["./erm_r18.py"]
model = dict(type="FittedOnce", head=dict(_delete_=True, type="KSAHead", in_channels=512))

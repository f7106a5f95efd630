# USDAN-Un: an ImageNet ResNet-18, the bottleneck of SSDG, random directions of the classes.
_base_ = ["./erm_r18.py"]
model = dict(type="USDAN", head=dict(_delete_=True, type="FixedDirectionHead", in_channels=512, hidden_channels=512))

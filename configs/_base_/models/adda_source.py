# Stage 1 of ADDA: ResNet-18 with a bottleneck, a linear layer, cross entropy. Encoder and bottleneck are choices of flip_mm.
_base_ = ["./erm_r18.py"]
model = dict(neck=dict(_delete_=True, type="FeatureMLP", in_channels=512, channels=(256,)), head=dict(in_channels=256))

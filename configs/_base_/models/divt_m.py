# DiVT-M: MobileViT-S of MMPretrain and a head with the kinds of attack. Its weights take BGR in 0..1.
model = dict(
    type="ImageClassifier",
    backbone=dict(
        type="MobileViT",
        arch="small",
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/mobilevit/mobilevit-small_3rdparty_in1k_20221018-cb4f741c.pth",
            prefix="backbone",
        ),
    ),
    head=dict(
        type="DiVTHead",
        in_channels=640,
        # The attack types of M, C, I and O. CASIA's cut photo counts as a print.
        attacks=dict(
            print=["*print*", "warped_photo", "cut_photo"],
            replay=["*replay*", "ipad_video", "iphone_video", "mobile_*", "highdef_*"],
        ),
    ),
    data_preprocessor=dict(type="FASDataPreprocessor", mean=(0, 0, 0), std=(1, 1, 1), to_rgb=True),
)

# SPDX-License-Identifier: Apache-2.0
"""Networks that generate images, and those that judge them."""

from .cdftn_translator import CDFTNTranslator
from .deconv_decoder import DeconvDecoder
from .drcn_decoder import DRCNDecoder
from .dupgan_discriminator import DupGANDiscriminator
from .dupgan_generator import DupGANGenerator
from .style_unet import StyleUNet

__all__ = [
    "CDFTNTranslator",
    "DRCNDecoder",
    "DeconvDecoder",
    "DupGANDiscriminator",
    "DupGANGenerator",
    "StyleUNet",
]

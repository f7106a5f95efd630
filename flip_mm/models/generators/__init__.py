# SPDX-License-Identifier: Apache-2.0
"""Networks that generate images, and those that judge them."""

from .cdftn_translator import CDFTNTranslator
from .drcn_decoder import DRCNDecoder
from .dupgan_discriminator import DupGANDiscriminator
from .dupgan_generator import DupGANGenerator

__all__ = ["CDFTNTranslator", "DRCNDecoder", "DupGANDiscriminator", "DupGANGenerator"]

# SPDX-License-Identifier: Apache-2.0
"""Networks that generate images, and those that judge them."""

from .drcn_decoder import DRCNDecoder
from .dupgan_discriminator import DupGANDiscriminator
from .dupgan_generator import DupGANGenerator

__all__ = ["DRCNDecoder", "DupGANDiscriminator", "DupGANGenerator"]

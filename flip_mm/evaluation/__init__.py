# SPDX-License-Identifier: Apache-2.0
"""Figures of face anti-spoofing."""

from .fas_metric import FASMetric

__all__ = ["FASMetric"]

# SPDX-License-Identifier: Apache-2.0
"""Names that have moved to :mod:`flip_mm.config_checks.common_run`."""

from flip_mm.config_checks.common_run import SPLITS, check_thresholds, common_run, difference, is_fas

__all__ = ["SPLITS", "check_thresholds", "common_run", "difference", "is_fas"]

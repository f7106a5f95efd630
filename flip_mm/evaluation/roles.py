# SPDX-License-Identifier: Apache-2.0
"""The parts of a test that are reported separately."""

from __future__ import annotations

# The data set that training has not seen.
TARGET = "target"
# Videos of the source data sets, held out of training.
DEV = "dev"

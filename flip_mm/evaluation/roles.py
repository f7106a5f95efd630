# SPDX-License-Identifier: Apache-2.0
"""Roles: the parts of a test with separate metrics."""

from __future__ import annotations

# The data set that training has not seen.
TARGET = "target"
# Videos of the source data sets, held out of training.
DEV = "dev"

# SPDX-License-Identifier: Apache-2.0
"""Which sentences stand for which class."""

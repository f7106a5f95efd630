# SPDX-License-Identifier: Apache-2.0
"""Make the synthetic data set."""

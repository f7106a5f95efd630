# SPDX-License-Identifier: Apache-2.0
"""Write model files from trained models, and check that they give the same answers."""

# SPDX-License-Identifier: Apache-2.0
"""Predictions of exported models. Imports neither mmengine nor MMPretrain, and torch only for ``.safetensors`` files."""

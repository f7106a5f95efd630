# SPDX-License-Identifier: Apache-2.0
"""Frames of any recording, as the decoders of this package read them."""

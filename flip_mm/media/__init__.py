# SPDX-License-Identifier: Apache-2.0
"""Frames of videos, images, folders of images and HDF5 files; used by preparation, training and inference."""

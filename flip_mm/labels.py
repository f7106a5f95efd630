# SPDX-License-Identifier: Apache-2.0
"""The two classes: their labels, their names, and the words for them in lists and tables. Defined here and nowhere else."""

from __future__ import annotations

SPOOF, REAL = 0, 1
# In place of the label of an image that trains without it: no loss accepts it, so that a leak stops the training.
HIDDEN = -1
# In the order of the labels.
CLASSES = ("spoof", "real")
# Class -> its word in the names of lists and folders; in the order of a batch, real first (FLIP section 4.1).
LIST_WORDS = {"real": "real", "spoof": "fake"}
# The attack type of real samples; ISO/IEC 30107's word.
BONA_FIDE = "bonafide"
# What tables of other programs call the classes.
REAL_WORDS = ("real", "bonafide", "bona fide", "bona-fide", "live", "genuine", "1")
SPOOF_WORDS = ("spoof", "attack", "fake", "0")

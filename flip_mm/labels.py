# SPDX-License-Identifier: Apache-2.0
"""The two classes: labels, names, and words in lists and tables. They are defined only here."""

from __future__ import annotations

SPOOF, REAL = 0, 1
# Replaces the label of an image that is used without it. No loss accepts it, so a leak stops the training.
HIDDEN = -1
# In the order of the labels.
CLASSES = ("spoof", "real")
# Class -> its word in names of lists and folders; in the order of a batch, real first (FLIP section 4.1).
LIST_WORDS = {"real": "real", "spoof": "fake"}
# The attack type of real samples; the term of ISO/IEC 30107.
BONA_FIDE = "bonafide"
# Words for the classes in tables of other programs.
REAL_WORDS = ("real", "bonafide", "bona fide", "bona-fide", "live", "genuine", "1")
SPOOF_WORDS = ("spoof", "attack", "fake", "0")

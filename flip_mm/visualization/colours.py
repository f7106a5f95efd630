# SPDX-License-Identifier: Apache-2.0
"""Colours of plots and pages."""

# Okabe-Ito colours, which colour-blind readers can distinguish.
REAL, SPOOF, GREY = "#0072B2", "#D55E00", "#555555"
# Further Okabe-Ito colours, for more than two things, beginning with those that differ most; yellow is too pale for lines.
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
LINES = ("-", "--", "-.", ":")

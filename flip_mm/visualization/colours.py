# SPDX-License-Identifier: Apache-2.0
"""Colours of plots and pages."""

# Okabe-Ito colours, which colour-blind readers can distinguish.
REAL, SPOOF, GREY = "#0072B2", "#D55E00", "#555555"

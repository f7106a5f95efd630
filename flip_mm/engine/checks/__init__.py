# SPDX-License-Identifier: Apache-2.0
"""Comparisons that GuardHook makes before a training or test, as functions without a runner."""

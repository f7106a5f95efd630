# SPDX-License-Identifier: Apache-2.0
"""Find, align and crop faces."""

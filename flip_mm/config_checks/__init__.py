# SPDX-License-Identifier: Apache-2.0
"""What can be told from a config alone."""

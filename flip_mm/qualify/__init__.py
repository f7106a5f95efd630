# SPDX-License-Identifier: Apache-2.0
"""Judge any detector in the same way: error rates, robustness, and faults in how it is connected."""

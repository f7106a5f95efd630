# SPDX-License-Identifier: Apache-2.0
"""Finding, aligning and cropping faces."""

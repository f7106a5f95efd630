# SPDX-License-Identifier: Apache-2.0
"""Why a result differs from the published one: the record compared with the published recipe."""

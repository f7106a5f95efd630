# SPDX-License-Identifier: Apache-2.0
"""Golden values: results of the authors' own programs for weights and inputs from a formula, compared with ours."""

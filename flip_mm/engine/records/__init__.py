# SPDX-License-Identifier: Apache-2.0
"""What ``record.json`` and checkpoints say of a training or test."""

# SPDX-License-Identifier: Apache-2.0
"""What a training has learnt: attention, mistakes, embeddings, curves over domains; what its inputs look like."""

# SPDX-License-Identifier: Apache-2.0
"""Networks of exported models: torch only, built from plain data, without mmengine and MMPretrain.

Each takes one normalised image batch per input and returns logits and similarities, see
:class:`~flip_mm.networks.build.Network`.
"""

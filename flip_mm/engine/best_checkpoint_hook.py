# SPDX-License-Identifier: Apache-2.0
"""Checkpoints, the later of two equally good ones being the best."""

from __future__ import annotations

from mmengine.hooks import CheckpointHook
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class BestCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, but on equal figures the **later** validation wins.

    This is how the published tables were made: of several validations with the lowest HTER the last one's AUC and TPR
    are reported.
    """

    rule_map = {"greater": lambda new, best: new >= best, "less": lambda new, best: new <= best}

# SPDX-License-Identifier: Apache-2.0
"""Compare pipelines of version 0.1, which name each step of Pillow and torchvision, with ``TrainingViews``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.datasets.transforms.pillow_steps import TYPE, pillow_steps, with_pillow_steps

VIEWS = re.compile(r"(.+\.pipeline)\.(\d+)\.views")
FIRST = pillow_steps((1, 1))[0]["type"]


def with_earlier_views(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write out the views of a training if the training that it resumes has the steps of version 0.1.

    Args:
        old: Flat settings of the training to be resumed.
        new: Those of the training that resumes it.

    Returns:
        ``new`` with the steps of Pillow where ``old`` has them, and the replaced settings:
        ``'train_dataloader.dataset.pipeline.2.views'`` -> ``'opencv'``.
    """
    written, replaced = dict(new), {}
    for key, views in new.items():
        found = VIEWS.fullmatch(key)
        if not found or new.get(f"{found[1]}.{found[2]}.type") != TYPE or old.get(f"{found[1]}.{found[2]}.type") != FIRST:
            continue
        prefix = f"{found[1]}."
        steps = nested({name[len(prefix) :]: written.pop(name) for name in new if name.startswith(prefix)})
        steps[int(found[2])]["views"] = "pillow"
        written |= dict(flat(with_pillow_steps(steps), found[1]))
        replaced[key] = views
    return written, replaced


def nested(settings: Mapping[str, Any]) -> Any:
    """Return flat settings as dicts and lists.

    Example:
        >>> nested({"0.type": "A", "1.size.0": 3, "1.size.1": 4})
        [{'type': 'A'}, {'size': [3, 4]}]
    """
    groups: dict[str, dict[str, Any]] = {}
    for key, value in settings.items():
        head, _, rest = key.partition(".")
        groups.setdefault(head, {})[rest] = value
    parts = {head: rest[""] if "" in rest else nested(rest) for head, rest in groups.items()}
    return [parts[key] for key in sorted(parts, key=int)] if all(map(str.isdigit, parts)) else parts

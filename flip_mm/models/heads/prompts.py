# SPDX-License-Identifier: Apache-2.0
"""The prompts of the two classes, checked once, in the order of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CLASSES = ("spoof", "real")


def flatten_prompts(prompts: Mapping[str, Sequence[str]]) -> list[str]:
    """Check a prompt set and lay it out as one list.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, the same number of sentences for both.

    Returns:
        P sentences, those of spoof (label 0) first, then those of real (label 1).

    Raises:
        ValueError: A class is missing, unknown, empty or holds something else than sentences, or the numbers differ.

    Example:
        >>> flatten_prompts(dict(real=["a real face"], spoof=["a spoof face"]))
        ['a spoof face', 'a real face']
    """
    if not isinstance(prompts, Mapping) or set(prompts) != set(CLASSES):
        got = sorted(prompts) if isinstance(prompts, Mapping) else type(prompts).__name__
        raise ValueError(f"model.head.prompts must have exactly the classes 'real' and 'spoof', got {got}.")
    for name in CLASSES:
        lines = prompts[name]
        if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) and line.strip() for line in lines):
            raise ValueError(f"model.head.prompts['{name}'] must be a list of non-empty sentences, got {lines!r}.")
        if len(lines) == 0:
            raise ValueError(f"model.head.prompts['{name}'] is empty: every class needs at least one prompt.")
    counts = {name: len(prompts[name]) for name in CLASSES}
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"model.head.prompts has {counts['spoof']} prompts for 'spoof' and {counts['real']} for 'real': give both "
            "classes the same number."
        )
    return [line for name in CLASSES for line in prompts[name]]

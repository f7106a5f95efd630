# SPDX-License-Identifier: Apache-2.0
"""The prompts of the two classes, checked once, in the order of the labels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import open_clip
from mmengine.logging import print_log
from open_clip.tokenizer import get_clean_fn

from flip_mm.labels import CLASSES

# What tokenizers of the CLIP family read as the beginning or the end of a text, wherever it stands.
MARKERS = ("<start_of_text>", "<end_of_text>", "<|startoftext|>", "<|endoftext|>")
# Longer than any text tower's context: what two prompts say is compared to their ends.
LONGEST = 1024


def flatten_prompts(prompts: Mapping[str, Sequence[str]]) -> list[str]:
    """Check a prompt set and lay it out as one list.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``, the same number of sentences for both.

    Returns:
        P sentences, those of spoof (label 0) first, then those of real (label 1).

    Raises:
        ValueError: A class is missing, unknown, empty or holds something else than sentences, the numbers differ, a sentence
            holds a marker of the tokenizer, or both classes have one in common.

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
        for line in lines:
            _check_text(name, line)
    counts = {name: len(prompts[name]) for name in CLASSES}
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"model.head.prompts has {counts['spoof']} prompts for 'spoof' and {counts['real']} for 'real': give both "
            "classes the same number."
        )
    _check_different(prompts)
    return [line for name in CLASSES for line in prompts[name]]


def _check_text(name: str, line: str) -> None:
    """A marker inside a prompt would end it there for the text tower, which reads the embedding at the first end."""
    # As the tokenizer does first: HTML's escapes, case, blanks.
    cleaned = get_clean_fn("lower")(line)
    if not cleaned:
        raise ValueError(
            f"model.head.prompts['{name}'] holds {line!r}, of which the tokenizer leaves nothing: write a sentence."
        )
    if found := [marker for marker in MARKERS if marker in cleaned]:
        raise ValueError(
            f"model.head.prompts['{name}'] holds {line!r}: {found[0]} is a marker that the tokenizer adds by itself; write the "
            "sentence alone."
        )


def _check_different(prompts: Mapping[str, Sequence[str]]) -> None:
    """Compare what CLIP's tokenizer makes of the prompts, which ignores case, blanks and HTML's escapes."""
    seen: dict[tuple[int, ...], tuple[str, str]] = {}
    for name in CLASSES:
        for line, ids in zip(prompts[name], open_clip.tokenize(list(prompts[name]), LONGEST).tolist(), strict=True):
            other, same = seen.get(tuple(ids), (None, line))
            seen[tuple(ids)] = name, line
            if other == name:
                print_log(
                    f"model.head.prompts['{name}'] holds {line!r} twice: it counts twice in the average.",
                    logger="current",
                    level=logging.WARNING,
                )
            elif other:
                raise ValueError(
                    f"model.head.prompts: {line!r} of '{name}' and {same!r} of '{other}' are the same text for the tokenizer "
                    "and cannot tell the classes apart: give each class its own."
                )

# SPDX-License-Identifier: Apache-2.0
"""Prompts that are sentences, checked once, in the order of the labels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import open_clip
from mmengine.logging import print_log
from mmpretrain.registry import MODELS
from open_clip.tokenizer import get_clean_fn
from torch import Tensor

from flip_mm.labels import CLASSES
from flip_mm.models.backbones.base import VisionLanguageBackbone

from .class_prompts import ClassPrompts

# What tokenizers of the CLIP family read as the beginning or the end of a text, wherever it stands.
MARKERS = ("<start_of_text>", "<end_of_text>", "<|startoftext|>", "<|endoftext|>")
# Longer than any text tower's context: what two prompts say is compared to their ends.
LONGEST = 1024


@MODELS.register_module()
class FixedPrompts(ClassPrompts):
    """Sentences that stay as they are; they are tokenised once.

    Args:
        **sentences: The sentences of each class, ``real=[...], spoof=[...]``, at least one.

    Raises:
        ValueError: See :func:`flatten_prompts`.
    """

    def __init__(self, **sentences: Sequence[str]) -> None:
        super().__init__()
        self.sentences = flatten_prompts(sentences)
        self.counts = tuple(len(sentences[name]) for name in CLASSES)

    def bind(self, backbone: VisionLanguageBackbone) -> None:
        """Tokenise."""
        self.register_buffer("tokens", backbone.tokenize(self.sentences), persistent=False)

    def encode(self, backbone: VisionLanguageBackbone, image: Tensor | None = None) -> Tensor:
        """The embeddings (P, d_vl) of the sentences."""
        return backbone.encode_text(self.tokens)


def flatten_prompts(prompts: Mapping[str, Sequence[str]]) -> list[str]:
    """Check a prompt set and lay it out as one list.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``.

    Returns:
        P sentences, those of spoof (label 0) first, then those of real (label 1).

    Raises:
        ValueError: A class is missing, unknown, empty or holds something else than sentences, a sentence holds a marker of the
            tokenizer, or both classes have one in common.

    Example:
        >>> flatten_prompts(dict(real=["a real face"], spoof=["a spoof face"]))
        ['a spoof face', 'a real face']
    """
    check_classes(prompts)
    for name in CLASSES:
        lines = prompts[name]
        if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) and line.strip() for line in lines):
            raise ValueError(f"model.head.prompts['{name}'] must be a list of non-empty sentences, got {lines!r}.")
        if len(lines) == 0:
            raise ValueError(f"model.head.prompts['{name}'] is empty: every class needs at least one prompt.")
        for line in lines:
            _check_text(name, line)
    _check_different(prompts)
    return [line for name in CLASSES for line in prompts[name]]


def check_classes(prompts: Mapping[str, Sequence[str]]) -> None:
    """Raises a ValueError where there are other classes than spoof and real."""
    if not isinstance(prompts, Mapping) or set(prompts) != set(CLASSES):
        got = sorted(prompts) if isinstance(prompts, Mapping) else type(prompts).__name__
        raise ValueError(f"model.head.prompts must have exactly the classes 'real' and 'spoof', got {got}.")


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

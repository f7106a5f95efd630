# SPDX-License-Identifier: Apache-2.0
"""Prompts that are fixed sentences."""

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

# CLIP's tokenizers read these markers as the beginning or the end of a text, at any position.
MARKERS = ("<start_of_text>", "<end_of_text>", "<|startoftext|>", "<|endoftext|>")
# Longer than the context of any text tower, so that whole prompts are compared.
LONGEST = 1024


@MODELS.register_module()
class FixedPrompts(ClassPrompts):
    """Fixed sentences, tokenised once.

    Args:
        **sentences: ``real=[...], spoof=[...]``, at least one sentence each.

    Raises:
        ValueError: See :func:`flatten_prompts`.
    """

    def __init__(self, **sentences: Sequence[str]) -> None:
        super().__init__()
        self.sentences = flatten_prompts(sentences)
        self.counts = tuple(len(sentences[name]) for name in CLASSES)

    def bind(self, backbone: VisionLanguageBackbone) -> None:
        """Tokenise the sentences."""
        self.register_buffer("tokens", backbone.tokenize(self.sentences), persistent=False)

    def encode(self, backbone: VisionLanguageBackbone, image: Tensor | None = None) -> Tensor:
        """Return the embeddings (P, d_vl) of the sentences."""
        return backbone.encode_text(self.tokens)


def flatten_prompts(prompts: Mapping[str, Sequence[str]]) -> list[str]:
    """Check the prompts of both classes and join them to one list.

    Args:
        prompts: ``dict(real=[...], spoof=[...])``.

    Returns:
        P sentences: first spoof (label 0), then real (label 1).

    Raises:
        ValueError: A class is missing, unknown, empty or holds a value that is no sentence; a sentence holds a marker of the
            tokenizer; or both classes have the same sentence.

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
    """Raise a ValueError unless the classes are spoof and real."""
    if not isinstance(prompts, Mapping) or set(prompts) != set(CLASSES):
        got = sorted(prompts) if isinstance(prompts, Mapping) else type(prompts).__name__
        raise ValueError(f"model.head.prompts must have exactly the classes 'real' and 'spoof', got {got}.")


def _check_text(name: str, line: str) -> None:
    """Refuse an empty prompt, or one with a marker: the text tower reads the embedding at the first end marker."""
    # The tokenizer first resolves HTML escapes, case and blanks.
    cleaned = get_clean_fn("lower")(line)
    if not cleaned:
        raise ValueError(
            f"model.head.prompts['{name}'] holds {line!r}, which is empty after the tokenizer's cleaning: write a sentence."
        )
    if found := [marker for marker in MARKERS if marker in cleaned]:
        raise ValueError(
            f"model.head.prompts['{name}'] holds {line!r}: {found[0]} is a marker that the tokenizer adds; write the "
            "sentence without it."
        )


def _check_different(prompts: Mapping[str, Sequence[str]]) -> None:
    """Compare the prompts as CLIP's tokenizer reads them: case, blanks and HTML escapes do not count."""
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
                    f"model.head.prompts: {line!r} of '{name}' and {same!r} of '{other}' are the same text for the tokenizer: "
                    "give the classes different prompts."
                )

# SPDX-License-Identifier: Apache-2.0
"""Compare the initial weights of a training with the published ones, by hash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

from flip_mm.evaluation.seen import LOAD_FROM, TEACHER

from .finding import METHOD, UNKNOWN, Finding, not_recorded, same

SUBJECT = "initial weights"
OPENAI = "openai"


@cache
def openai_files() -> dict[str, str]:
    """Return OpenAI's CLIP files: SHA-256 -> file name, from open_clip's table of pretrained weights.

    The import of open_clip takes seconds; only weights of a local file need it.
    """
    from open_clip import get_pretrained_url, list_pretrained_models_by_tag

    urls = {get_pretrained_url(model, OPENAI) for model in list_pretrained_models_by_tag(OPENAI)}
    # The folder of such a URL is the hash of its file.
    return {url.split("/")[-2]: url.split("/")[-1] for url in urls if url}


def compare_weights(
    weights: Iterable[Mapping[str, Any]] | None,
    recipe: Mapping[str, Any],
    known: Callable[[], Mapping[str, str]] = openai_files,
    previous: str = "",
) -> list[Finding]:
    """Compare the initial weights.

    Args:
        weights: ``weights`` of the record; None if it has none.
        recipe: ``model.backbone`` of the published config.
        known: Function that returns SHA-256 -> file name of OpenAI's weights; called for weights of a file only.
        previous: Config of the method's previous stage; ``''`` if it has one stage.

    Returns:
        One finding for the backbone's weights, and one for each checkpoint that the training started from or learnt from.
    """
    expected = recipe.get("pretrained") or _of_init_cfg(recipe.get("init_cfg"))
    published = f"tag {expected}" if expected else "random"
    if weights is None:
        return [not_recorded(SUBJECT, published)]
    entries = list(weights)
    found = [_start(entry, previous) for entry in entries if entry.get("source") == LOAD_FROM]
    found += [Finding(METHOD, "teacher", _name(entry), "none") for entry in entries if entry.get("source") == TEACHER]
    starts = [entry for entry in entries if entry.get("source") not in (LOAD_FROM, TEACHER)]
    if found and not starts:
        return found
    if not starts:
        return [*found, _of_nothing(expected)]
    return [*found, *(_compare(entry, expected, published, recipe, known) for entry in starts)]


def _of_init_cfg(init: Any) -> str | None:
    """Name of the weights in mmengine's ``init_cfg``, a dict or a list of them."""
    for part in init if isinstance(init, (list, tuple)) else [init or {}]:
        if part.get("checkpoint"):
            return PurePath(part["checkpoint"]).name
    return None


def _start(entry: Mapping[str, Any], previous: str) -> Finding:
    subject, stage = "start from a checkpoint", f"previous stage {previous}"
    if previous and entry.get("config") == previous:
        return same(subject, stage)
    return Finding(METHOD, subject, _name(entry), stage if previous else "none", f"started from {_name(entry)}")


def _compare(
    entry: Mapping[str, Any],
    expected: str | None,
    published: str,
    recipe: Mapping[str, Any],
    known: Callable[[], Mapping[str, str]],
) -> Finding:
    name, digest = _name(entry), entry.get("sha256")
    if digest is None:
        if name == expected:
            return same(SUBJECT, published)
        return Finding(METHOD, SUBJECT, name, published)
    if expected != OPENAI:
        return Finding(UNKNOWN, SUBJECT, f"{name}, SHA-256 {digest[:8]}...", published, f"unknown {SUBJECT} in {name}")
    file = known().get(digest)
    wanted = f"{str(recipe.get('arch')).removesuffix('-quickgelu')}.pt"
    if file == wanted:
        return same(SUBJECT, f"{name}, the hash of OpenAI's {file}")
    if file:
        return Finding(METHOD, SUBJECT, f"{name}, OpenAI's {file}", f"OpenAI's {wanted}")
    text = f"{name} (SHA-256 {digest[:8]}...): another format than OpenAI's {wanted}, or other weights"
    return Finding(UNKNOWN, SUBJECT, text, f"OpenAI's {wanted}", f"the hash of {name} is not that of OpenAI's {wanted}")


def _of_nothing(expected: str | None) -> Finding:
    if expected is None:
        return same(SUBJECT, "random")
    return Finding(METHOD, SUBJECT, "random", f"tag {expected}", "trained from random weights, without CLIP's")


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or "a file without a name")

# SPDX-License-Identifier: Apache-2.0
"""Register data sets and protocols of users, in a module that the config names in ``custom_imports``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .data_set import DataSet
from .frame_name import ENDINGS, SPLIT, NameParts
from .protocols import AUXILIARY, DOMAINS, RUNS, TESTED
from .sets import DATA_SETS

DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
STEM = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Domains of flip_mm -> stem.
BUILT_IN = dict(DOMAINS)
# Folder name for an unknown subject or attack type.
UNKNOWN = "-"
GENERIC = re.compile(r"(?P<subject>[^/]+)/(?P<attack>[^/]+)/[^/]+")


def generic_name(name: str) -> tuple[str, str] | None:
    """Parse ``<subject>/<attack type>/<video>``, the names that the generic converter writes.

    Args:
        name: Path below the folder of the class, without frame number and suffix.

    Returns:
        Subject ('' for ``-``) and attack type (``'spoof'`` for ``-``); None if the path has another depth.

    Example:
        >>> generic_name("anna/print/001"), generic_name("-/-/clip 7")
        (('anna', 'print'), ('', 'spoof'))
    """
    if not (m := GENERIC.fullmatch(name)):
        return None
    return "" if m["subject"] == UNKNOWN else m["subject"], "spoof" if m["attack"] == UNKNOWN else m["attack"]


def register_domain(
    name: str,
    stem: str,
    frames: str = "pair",
    rule: Callable[[str], tuple[str, str] | None] = generic_name,
) -> None:
    """Register a data set, so that protocols can use it.

    Its images are ``frame/<stem>/{train,test}/{real,fake}/<name><ending>``, its lists
    ``txt/<stem>_{real,fake}_{train,test}.txt``.
    It is added as a target to the protocols ``'intra'`` and ``'celeba'``; for others use :func:`register_protocol`.

    Args:
        name: Name for ``--target``: letters, digits, ``_`` and ``-``.
        stem: Folder of its images, and prefix of its lists: lower-case letters, digits, ``_`` and ``-``.
        frames: ``'pair'``: lists name ``<name>_frame0.png`` of each video, a test adds ``<name>_frame1.png``; ``'numbered'``:
            lists name every ``<name>_<two digits>.jpg``; ``'single'``: every ``<name>.jpg`` or ``.png`` counts as a video.
        rule: Function from a name to subject ('' if unknown) and attack type (``'bonafide'`` for real); returns None for a
            wrong name.

    Raises:
        ValueError: Name or stem is already in use or has other characters, or the kind of frames is unknown.
    """
    if not DOMAIN.fullmatch(name):
        raise ValueError(f"register_domain: the name {name!r} must consist of letters, digits, _ and -, such as 'MINE'.")
    if not STEM.fullmatch(stem):
        raise ValueError(f"register_domain: the stem {stem!r} must consist of lower-case letters, digits, _ and -.")
    if name in DOMAINS:
        raise ValueError(f"register_domain: the domain '{name}' exists already; choose a name other than {', '.join(DOMAINS)}.")
    if stem in DOMAINS.values():
        owner = next(domain for domain, other_stem in DOMAINS.items() if other_stem == stem)
        raise ValueError(f"register_domain: the stem '{stem}' belongs to domain {owner}; its images would be mixed with yours.")
    if frames not in ENDINGS:
        raise ValueError(f"register_domain: frames={frames!r} does not exist; choose from {', '.join(ENDINGS)}.")
    DOMAINS[name] = stem
    TESTED.append(name)
    DATA_SETS[name] = _data_set(name, stem, frames, rule)
    RUNS["intra"].append(((name,), name))
    RUNS["celeba"].append((("CelebA",), name))


def _data_set(name: str, stem: str, frames: str, rule: Callable[[str], tuple[str, str] | None]) -> DataSet:
    def read(m: re.Match) -> NameParts | None:
        parts = rule(m["name"])
        if parts is None:
            return None
        if not (isinstance(parts, tuple) and len(parts) == 2 and all(isinstance(text, str) for text in parts) and parts[1]):
            raise TypeError(
                f"The name rule of '{stem}' returned {parts!r} for '{m['name']}'; it must return (subject, attack type), "
                "'' for an unknown subject, or None for a wrong name."
            )
        return NameParts(*parts)

    form = "<subject>/<attack type>/<video>" if rule is generic_name else "..."
    return DataSet(
        domain=name,
        stem=stem,
        name=stem,
        title=name,
        frames=frames,
        pattern=re.compile(rf"^{re.escape(stem)}/{SPLIT}(?P<name>.+)$"),
        read=read,
        advice=f"it was registered with names {stem}/{{train,test}}/{{real,fake}}/{form} and frames='{frames}', see "
        "docs/new_data.md",
    )


def register_protocol(name: str, runs: Sequence[tuple[Sequence[str], str]], aux: Sequence[str] = ()) -> None:
    """Register a protocol, for ``run=dict(protocol=name, ...)`` of a config.

    Args:
        name: Letters, digits, ``_`` and ``-``.
        runs: (sources, target) of each run. ``--target`` chooses the run; ``--source`` is needed if several runs with one
            source each have the same target.
        aux: Auxiliary domains of every run, trained on but never tested; ``--no-aux`` leaves them out.

    Raises:
        ValueError: The name is already in use or has other characters, a domain is unknown, or a run is empty, given twice,
            tests a domain that it trains on, or has the same target and source as another run.
    """
    where = f"register_protocol: protocol {name!r}"
    if not DOMAIN.fullmatch(name):
        raise ValueError(f"{where}: a name must consist of letters, digits, _ and -.")
    if name in RUNS:
        raise ValueError(f"{where} exists already; choose a name other than {', '.join(RUNS)}.")
    if not runs:
        raise ValueError(f"{where} has no runs.")
    checked_runs = []
    for run in runs:
        if len(run) != 2 or isinstance(run[0], str) or not isinstance(run[1], str) or not run[0]:
            raise ValueError(f"{where}: {run!r} is no run; expected (sources, target) such as (('M', 'C'), 'I').")
        checked_runs.append((tuple(run[0]), run[1]))
    for sources, target in checked_runs:
        train = (*sources, *aux)
        if unknown := [domain for domain in (*train, target) if domain not in DOMAINS]:
            raise ValueError(f"{where}: unknown domain {', '.join(unknown)}; choose from {', '.join(DOMAINS)}.")
        if len({*train}) < len(train):
            raise ValueError(f"{where}: a source domain is named twice in {'+'.join(train)}->{target}.")
        if target in train:
            raise ValueError(
                f"{where}: {'+'.join(train)}->{target} tests a domain that it trains on. For the split of one data set into "
                "train and test use protocol 'intra', which has every registered domain."
            )
        if target not in TESTED:
            raise ValueError(f"{where}: {target} has no list of test images.")
        same = [other for other, to in checked_runs if to == target]
        if len({*same}) < len(same) or (len(same) > 1 and any(len(other) > 1 for other in same)):
            raise ValueError(
                f"{where}: several runs have the target {target}. --source can only choose between them if each has one "
                "source and all sources differ; otherwise register several protocols."
            )
    RUNS[name] = checked_runs
    AUXILIARY[name] = tuple(aux)

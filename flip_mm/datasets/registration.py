# SPDX-License-Identifier: Apache-2.0
"""Register data sets and protocols, in a module that the config names in ``custom_imports``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .data_set import DataSet
from .frame_name import ENDINGS, SPLIT, NameParts
from .protocols import AUXILIARY, DOMAINS, RUNS, TESTED
from .sets import DATA_SETS

DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
STEM = re.compile(r"[a-z0-9][a-z0-9_-]*")
# Domains that nobody has to register -> stem.
BUILT_IN = dict(DOMAINS)
# A subject or attack type that is not known, where a path must have a folder.
UNKNOWN = "-"
GENERIC = re.compile(r"(?P<subject>[^/]+)/(?P<attack>[^/]+)/[^/]+")


def generic_name(name: str) -> tuple[str, str] | None:
    """Read ``<subject>/<attack type>/<video>``, the names that the generic converter gives.

    Args:
        name: Path below the folder of the class, without frame number and suffix.

    Returns:
        Subject, '' for ``-``; attack type, ``'spoof'`` for ``-``. None where the path has another depth.

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
    """Make a data set known, so that protocols can name it.

    Its images are ``frame/<stem>/{train,test}/{real,fake}/<name><ending>``, its lists
    ``txt/<stem>_{real,fake}_{train,test}.txt``.
    It becomes a target of protocols ``'intra'`` and ``'celeba'``; others are for :func:`register_protocol`.

    Args:
        name: As ``--target`` takes it: letters, digits, ``_`` and ``-``.
        stem: Folder of its images and begin of its lists' names: lower-case letters, digits, ``_`` and ``-``.
        frames: ``'pair'``: lists name ``<name>_frame0.png`` of each video, a test adds ``<name>_frame1.png``; ``'numbered'``:
            lists name every ``<name>_<two digits>.jpg``; ``'single'``: every ``<name>.jpg`` or ``.png`` is a video of its own.
        rule: Name -> subject ('' where not told) and attack type (``'bonafide'`` for real), or None for a name that is wrong.

    Raises:
        ValueError: Name or stem is taken or malformed, or there is no such kind of frames.
    """
    if not DOMAIN.fullmatch(name):
        raise ValueError(f"register_domain: the name {name!r} must consist of letters, digits, _ and -, such as 'MINE'.")
    if not STEM.fullmatch(stem):
        raise ValueError(f"register_domain: the stem {stem!r} must consist of lower-case letters, digits, _ and -.")
    if name in DOMAINS:
        raise ValueError(f"register_domain: the domain '{name}' exists already; existing ones are {', '.join(DOMAINS)}.")
    if stem in DOMAINS.values():
        owner = next(domain for domain, taken in DOMAINS.items() if taken == stem)
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
                "'' for a subject that is not known, or None for a name that is wrong."
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
    """Make a protocol known, for ``run=dict(protocol=name, ...)`` of a config.

    Args:
        name: Letters, digits, ``_`` and ``-``.
        runs: (sources, target) of each run; ``--target`` chooses, with ``--source`` where several runs of one source each have
            the same target.
        aux: Domains that train in every run and are never tested; ``--no-aux`` leaves them out.

    Raises:
        ValueError: The name is taken or malformed, a domain is not known, or a run is empty, given twice, tests what it trains
            on, or cannot be told from another one by target and source.
    """
    where = f"register_protocol: protocol {name!r}"
    if not DOMAIN.fullmatch(name):
        raise ValueError(f"{where}: a name must consist of letters, digits, _ and -.")
    if name in RUNS:
        raise ValueError(f"{where} exists already; existing ones are {', '.join(RUNS)}.")
    if not runs:
        raise ValueError(f"{where} has no runs.")
    own = []
    for run in runs:
        if len(run) != 2 or isinstance(run[0], str) or not isinstance(run[1], str) or not run[0]:
            raise ValueError(f"{where}: {run!r} is no run; expected (sources, target) such as (('M', 'C'), 'I').")
        own.append((tuple(run[0]), run[1]))
    for sources, target in own:
        train = (*sources, *aux)
        if unknown := [domain for domain in (*train, target) if domain not in DOMAINS]:
            raise ValueError(f"{where}: there is no domain {', '.join(unknown)}; there are {', '.join(DOMAINS)}.")
        if len({*train}) < len(train):
            raise ValueError(f"{where}: a domain trains twice in {'+'.join(train)}->{target}.")
        if target in train:
            raise ValueError(
                f"{where}: {'+'.join(train)}->{target} tests what it trains on. A set's own division into train and test is "
                "protocol 'intra', which has every registered domain."
            )
        if target not in TESTED:
            raise ValueError(f"{where}: {target} has no list of test images.")
        same = [other for other, to in own if to == target]
        if len({*same}) < len(same) or (len(same) > 1 and any(len(other) > 1 for other in same)):
            raise ValueError(
                f"{where}: several runs test {target}. --source can tell them apart if they have one source each, all "
                "different; make it several protocols otherwise."
            )
    RUNS[name] = own
    AUXILIARY[name] = tuple(aux)

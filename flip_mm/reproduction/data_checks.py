# SPDX-License-Identifier: Apache-2.0
"""Compare the data of a training with the published ones: lists, counts, frames, faces, auxiliary and held-out images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from flip_mm.datasets.protocols import AUXILIARY
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.evaluation.results import is_synthetic
from flip_mm.tables.known_lists import ListComparison, compare_lists
from flip_mm.tables.methods import Method

from .finding import DATA, METHOD, NOT_RECORDED, UNKNOWN, Finding, not_recorded, same

# Protocol -> how the authors found the faces; of CelebA-Spoof it is unknown.
DETECTORS = dict(p1="mtcnn", p2="none", p3="mtcnn")
KINDS = dict(train="training", test="test", shot="5-shot")
# Frames of a video in the test set, for lists that name one frame of every video.
PAIR = 2
# A test set from which a larger share of videos is missing, or to which it is added, is another one.
OTHER_SHARE = 0.1
UNLABELLED = "target images without labels"
PRIVATE = Finding(UNKNOWN, "lists and faces", "those of the record", "private", "lists and faces of that paper are private")
OTHER_TEST_SET = "another test set"


def compare_data(record: Mapping[str, Any], method: Method | None = None) -> list[Finding]:
    """Compare the run and the images of a record with the published ones.

    Args:
        record: A record with ``run`` and ``data``, see docs/records.md.
        method: The method of another paper that the training repeats; None for those of the paper itself.
    """
    run, data = record.get("run") or {}, record.get("data") or {}
    if method:
        return [*_run(run, method), PRIVATE, *_drawn(record)]
    return [*_run(run), *_lists(data), *_frames(data, run), *_faces(data, run), *_drawn(record)]


def _run(run: Mapping[str, Any], method: Method | None = None) -> Iterator[Finding]:
    with_aux = method is None or method.aux
    auxiliary = AUXILIARY.get(run.get("protocol") or "", ()) if with_aux else ()
    names = " and ".join(DATA_SETS[domain].title for domain in auxiliary)
    absent = [domain for domain in auxiliary if domain not in (run.get("aux") or ())]
    if absent:
        yield Finding(DATA, "auxiliary training data", "none", names, f"trained without {names}")
    elif auxiliary:
        yield same("auxiliary training data", names)
    elif run.get("aux") and not with_aux:
        more = " and ".join(DATA_SETS[domain].title for domain in run["aux"] if domain in DATA_SETS)
        yield Finding(DATA, "auxiliary training data", more, "none", f"trained with {more}")
    if holdout := run.get("holdout"):
        phrase = f"trained on {100 * (1 - holdout):g} % of the source videos"
        yield Finding(DATA, "held-out source videos", f"{100 * holdout:g} %", "none", phrase)
    else:
        yield same("held-out source videos", "none")
    ours, published = run.get("unlabelled") or "none", (method.unlabelled if method else "") or "none"
    if ours == published != "none":
        yield same(UNLABELLED, ours)
    elif ours != published:
        phrase = f"the target's {ours} images trained without labels" if published == "none" else ""
        yield Finding(METHOD, UNLABELLED, ours, published, phrase)


def _lists(data: Mapping[str, Any]) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[ListComparison]] = defaultdict(list)
    for one in compare_lists(data):
        groups[one.domain, _kind(one.name)].append(one)
    if not groups:
        yield not_recorded("hashes of the lists", "those of the authors")
    equal = [f"{domain} ({kind})" for (domain, kind), lists in groups.items() if all(one.is_same for one in lists)]
    if equal:
        yield same("lists", ", ".join(equal))
    # Test lists first: they change the measured videos themselves.
    for (domain, kind), lists in sorted(groups.items(), key=lambda group: group[0][1] != KINDS["test"]):
        if not all(one.is_same for one in lists):
            yield _other_lists(domain, kind, lists)


def _other_lists(domain: str, kind: str, lists: list[ListComparison]) -> Finding:
    subject = f"{kind} lists of {domain}"
    if any(one.published is None for one in lists):
        return Finding(DATA, subject, _lines(lists), "no such lists", f"the authors have no {subject}")
    wanted, known = sum(one.published or 0 for one in lists), [one.lines for one in lists if one.lines is not None]
    unit = "videos" if domain in DATA_SETS and DATA_SETS[domain].frames == "pair" else "images"
    published = f"{wanted} {unit}"
    if len(known) < len(lists):
        return Finding(UNKNOWN, subject, "other hashes, lengths not recorded", published, f"other {subject}")
    missing = sum(max((one.published or 0) - (one.lines or 0), 0) for one in lists)
    more = sum(max((one.lines or 0) - (one.published or 0), 0) for one in lists)
    ours, parts = f"{sum(known)} {unit}", []
    if missing:
        parts.append(f"your {kind} lists miss {missing} {unit} of {domain}")
    if more:
        parts.append(f"your {kind} lists have {more} {unit} of {domain} more than the authors'")
    if kind == KINDS["test"] and missing + more > OTHER_SHARE * wanted:
        parts = [f"{OTHER_TEST_SET} of {domain} ({sum(known)} {unit} instead of {wanted})"]
    if not parts:
        ours = f"{ours}, other content or order"
        parts.append(f"your {subject} have the authors' length, but other lines or another order")
    return Finding(DATA, subject, ours, published, "; ".join(parts))


def _frames(data: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[Finding]:
    target = run.get("target")
    own = (data.get("val") or {}).get(target) or {}
    if target not in DATA_SETS or DATA_SETS[target].frames != "pair":
        return
    images, videos = (own.get("roles") or {}).get("target"), own.get("videos")
    if not images or not videos:
        yield not_recorded("test frames per video", str(PAIR))
    elif images != PAIR * videos:
        yield Finding(DATA, "test frames per video", f"{images / videos:.3g}", str(PAIR))
    else:
        yield same("test frames per video", str(PAIR))


def _faces(data: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[Finding]:
    expected = DETECTORS.get(run.get("protocol") or "")
    auxiliary = AUXILIARY.get(run.get("protocol") or "", ())
    if expected is None:
        return
    domains = {domain: own.get("faces") or {} for domain, own in _domains(data) if domain not in auxiliary}
    unknown = sorted(domain for domain, faces in domains.items() if not faces.get("detectors"))
    if unknown or not domains:
        where = f" of {', '.join(unknown)}" if unknown else ""
        yield Finding(UNKNOWN, f"face detector{where}", NOT_RECORDED, expected, f"face detector{where} {NOT_RECORDED}")
    for domain, faces in domains.items():
        others = {name: count for name, count in (faces.get("detectors") or {}).items() if name != expected}
        if others:
            used = ", ".join(f"{name} ({count} images)" for name, count in others.items())
            phrase = f"faces of {domain} found by {', '.join(others)} instead of {expected}"
            yield Finding(DATA, f"face detector of {domain}", used, expected, phrase)
    if domains and not unknown and not any(set(faces["detectors"]) - {expected} for faces in domains.values()):
        yield same("face detector", expected)
    margins = sorted({margin for faces in domains.values() for margin in (faces.get("margins") or {}) if margin})
    if margins:
        yield Finding(UNKNOWN, "margin of the crop", ", ".join(margins), "unknown", "margin of the authors' crop unknown")


def _drawn(record: Mapping[str, Any]) -> Iterator[Finding]:
    if is_synthetic(record):
        yield Finding(DATA, "images", "synthetic", "recorded faces", "synthetic images")


def _domains(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for split in data.values():
        for domain, own in (split or {}).items():
            if isinstance(own, Mapping):
                yield domain, own


def _kind(name: str) -> str:
    """``'oulu_real_test.txt'`` -> ``'test'``."""
    kind = name.removesuffix(".txt").rpartition("_")[2]
    return KINDS.get(kind, kind)


def _lines(lists: list[ListComparison]) -> str:
    return f"{sum(one.lines or 0 for one in lists)} lines"

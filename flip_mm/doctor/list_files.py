# SPDX-License-Identifier: Apache-2.0
"""The lines of the lists: every bad one is collected, none stops the reading."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from flip_mm.datasets.lists import LIST_KINDS, label_column, list_path, nonblank_lines
from flip_mm.datasets.naming import FrameName, frames_to_test
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.labels import LIST_WORDS
from flip_mm.utils.text import plain_name

from .finding import WARNING, Finding, finding
from .frame_names import NameReader

OTHER_CLASS = {"real": "fake", "fake": "real"}


class ListKey(NamedTuple):
    """Which list: domain, ``'real'`` or ``'spoof'``, and ``'train'``, ``'test'`` or ``'shot'``."""

    domain: str
    name: str
    kind: str

    def path(self, root: Path) -> Path:
        """Where it lies in a data root."""
        return list_path(root, *self)


@dataclass
class ListFile:
    """A list as it is.

    Attributes:
        lines: Good lines, each once -> what they say.
        tested: Good lines -> the frames that a test shows for them.
        frames: Images that its lines make the protocols read.
        second: Frames that are read only where ``--holdout`` makes a training video one of the test.
        findings: Bad lines and the like.
    """

    lines: dict[str, FrameName] = field(default_factory=dict)
    tested: dict[str, list[str]] = field(default_factory=dict)
    frames: dict[str, None] = field(default_factory=dict)
    second: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocking(self) -> list[Finding]:
        """What stops a run that reads the list, or gives it wrong labels."""
        return [found for found in self.findings if found.kind.severity == "error"]


def read_lists(root: Path, names: NameReader) -> dict[ListKey, ListFile]:
    """Read all lists of a data root that are there.

    Args:
        root: Data root.
        names: Parses the lines.

    Returns:
        The lists, in the order of domains, classes, kinds.
    """
    keys = [ListKey(domain, name, kind) for domain in DOMAINS for name in LIST_WORDS for kind in LIST_KINDS]
    return {key: _read(key, key.path(root), names) for key in keys if key.path(root).exists()}


def unknown_files(root: Path) -> list[Finding]:
    """Files in ``txt/`` that no protocol reads."""
    known = {ListKey(d, name, kind).path(root).name for d in DOMAINS for name in LIST_WORDS for kind in LIST_KINDS}
    try:
        names = sorted(path.name for path in (root / "txt").iterdir())
    except OSError:
        return []
    return finding("list_unknown", "txt", (name for name in names if name not in known))


def read_lines(path: Path) -> list[str]:
    """Lines that are not blank, as training reads them.

    Raises:
        ValueError: The file cannot be read, is no UTF-8 text, or has none.
    """
    try:
        lines = nonblank_lines(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text: {error}") from error
    except OSError as error:
        raise ValueError(f"it cannot be opened: {error.strerror}") from error
    if not lines:
        raise ValueError("it is empty")
    return lines


def _read(key: ListKey, path: Path, names: NameReader) -> ListFile:
    result = ListFile()
    # A list of shots is read with --shots alone.
    severity = WARNING if key.kind == "shot" else None
    try:
        counts = Counter(read_lines(path))
    except ValueError as error:
        result.findings = finding("list_unreadable", path.name, [f"{path.name}: {error}"], severity)
        return result
    bad: dict[str, list[str]] = defaultdict(list)
    for line in counts:
        name = names.read(key.domain, line)
        if name is None:
            bad[_what_is_wrong(key.domain, line, names)].append(line)
            continue
        try:
            frames = frames_to_test(key.domain, line)
        except ValueError:
            bad["line_frame"].append(line)
            continue
        if name.label != key.name:
            bad["line_class"].append(line)
            continue
        result.lines[line], result.tested[line], result.frames[line] = name, frames, None
        for number, frame in enumerate(frames[1:], 1):
            names.add(key.domain, frame, replace(name, frame=number))
            (result.frames if key.kind == "test" else result.second)[frame] = None
    for code, lines in bad.items():
        result.findings += finding(code, path.name, lines, severity)
    for code, key in (("line_alike", plain_name), ("line_case", str.casefold)):
        spellings: dict[str, list[str]] = defaultdict(list)
        for line in counts:
            spellings[key(line)].append(line)
        alike = (" = ".join(lines) for lines in spellings.values() if len(lines) > 1)
        result.findings += finding(code, path.name, alike, severity if code == "line_alike" else None)
    repeated = (f"{line} ({count} times)" for line, count in counts.items() if count > 1)
    result.findings += finding("line_repeated", path.name, repeated)
    return result


def _what_is_wrong(domain: str, line: str, names: NameReader) -> str:
    """Code of a line that is no official name."""
    parts = line.split("/")
    if line.startswith("/") or ".." in line.replace("\\", "/").split("/") or line[1:2] == ":":
        return "line_outside"
    if "\\" in line:
        return "line_backslash"
    if label_column(line) is not None:
        return "line_label"
    if parts[0] != DOMAINS[domain] and parts[0] in DOMAINS.values():
        return "line_domain"
    return "line_polarity" if contradicts_folder(domain, line, names) else "line_name"


def contradicts_folder(domain: str, path: str, names: NameReader) -> bool:
    """Whether a path that is refused would be an official name in the folder of the other class."""
    *folders, file = path.split("/")
    return names.read(domain, "/".join([*(OTHER_CLASS.get(folder, folder) for folder in folders), file])) is not None

# SPDX-License-Identifier: Apache-2.0
"""Read lists and collect all wrong lines, without stopping at the first one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from flip_mm.datasets.lists import LIST_KINDS, label_column, list_path, nonblank_lines
from flip_mm.datasets.naming import FrameName
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS
from flip_mm.utils.text import plain_name

from .finding import WARNING, Finding, make_findings
from .frame_names import NameReader

OTHER_CLASS = {"real": "fake", "fake": "real"}


class ListKey(NamedTuple):
    """Key of a list: domain, ``'real'`` or ``'spoof'``, and ``'train'``, ``'test'`` or ``'shot'``."""

    domain: str
    name: str
    kind: str

    def path(self, root: Path) -> Path:
        """Path of the list in a data root."""
        return list_path(root, *self)


@dataclass
class ListFile:
    """Content of a list.

    Attributes:
        lines: Unique valid lines -> parsed names.
        tested: Valid lines -> frames that are tested for them.
        frames: Images that runs read because of the list.
        second: Second frames of training videos, which are read only with ``--holdout``.
        findings: Findings about wrong lines.
    """

    lines: dict[str, FrameName] = field(default_factory=dict)
    tested: dict[str, list[str]] = field(default_factory=dict)
    frames: dict[str, None] = field(default_factory=dict)
    second: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocking(self) -> list[Finding]:
        """Errors: findings that stop a run with this list, or give it wrong labels."""
        return [found for found in self.findings if found.kind.severity == "error"]


def read_lists(root: Path, names: NameReader) -> dict[ListKey, ListFile]:
    """Read all existing lists of a data root.

    Args:
        root: Data root.
        names: Parses the lines.

    Returns:
        The lists, in the order of domains, classes, kinds.
    """
    keys = [ListKey(domain, name, kind) for domain in DOMAINS for name in LIST_WORDS for kind in LIST_KINDS]
    return {key: _read(key, key.path(root), names) for key in keys if key.path(root).exists()}


def unknown_files(root: Path) -> list[Finding]:
    """Find files in ``txt/`` that no protocol reads."""
    known_names = {ListKey(d, name, kind).path(root).name for d in DOMAINS for name in LIST_WORDS for kind in LIST_KINDS}
    try:
        names = sorted(path.name for path in (root / "txt").iterdir())
    except OSError:
        return []
    return make_findings("list_unknown", "txt", (name for name in names if name not in known_names))


def read_lines(path: Path) -> list[str]:
    """Read the lines that are not blank.

    Raises:
        ValueError: The file cannot be read, is not UTF-8 text, or is empty.
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
    # Lists of shots are read only with --shots.
    severity = WARNING if key.kind == "shot" else None
    try:
        counts = Counter(read_lines(path))
    except ValueError as error:
        result.findings = make_findings("list_unreadable", path.name, [f"{path.name}: {error}"], severity)
        return result
    bad: dict[str, list[str]] = defaultdict(list)
    for line in counts:
        name = names.read(key.domain, line)
        if name is None:
            bad[_error_code(key.domain, line, names)].append(line)
            continue
        try:
            frames = DATA_SETS[key.domain].frames_to_test(line)
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
        result.findings += make_findings(code, path.name, lines, severity)
    for code, key in (("line_alike", plain_name), ("line_case", str.casefold)):
        spellings: dict[str, list[str]] = defaultdict(list)
        for line in counts:
            spellings[key(line)].append(line)
        alike = (" = ".join(lines) for lines in spellings.values() if len(lines) > 1)
        result.findings += make_findings(code, path.name, alike, severity if code == "line_alike" else None)
    repeated = (f"{line} ({count} times)" for line, count in counts.items() if count > 1)
    result.findings += make_findings("line_repeated", path.name, repeated)
    return result


def _error_code(domain: str, line: str, names: NameReader) -> str:
    """Code of the finding about a line that is no official name."""
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
    """Whether a wrong path would be an official name in the folder of the other class."""
    *folders, file = path.split("/")
    return names.read(domain, "/".join([*(OTHER_CLASS.get(folder, folder) for folder in folders), file])) is not None

# SPDX-License-Identifier: Apache-2.0
"""A folder with real/ and spoof/: pictures and recordings of one camera, without lists."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flip_mm.labels import BONA_FIDE, REAL, SPOOF
from flip_mm.media.file_types import is_image_name, is_media_name
from flip_mm.utils.files import file_sha256

# Folder of each class.
FOLDERS = {"real": REAL, "spoof": SPOOF}
# Attack type of files that are in no subfolder of spoof/.
UNNAMED = "attack"
# Pictures that are frames of one video: me_frame0.png, me_frame1.png.
FRAME = re.compile(r"^(?P<video>.+)_frame\d+\.\w+$")


@dataclass(frozen=True)
class LabelledFile:
    """A picture or recording.

    Attributes:
        path: Where it is.
        name: Its path in the folder, with ``/``.
        video: Its video: pictures named ``<video>_frame<number>`` have the same one, any other file is a video of its own.
        attack_type: ``'bonafide'``, or the name of the subfolder of ``spoof/``.
        label: 1 real, 0 spoof.
    """

    path: Path
    name: str
    video: str
    attack_type: str
    label: int


def read_labelled_folder(root: str | Path, videos: bool = True) -> list[LabelledFile]:
    """Find the pictures and recordings in ``real/`` and ``spoof/``, in alphabetical order.

    Args:
        root: The folder. Subfolders of ``spoof/`` are attack types.
        videos: Whether recordings count; otherwise they are left out.

    Raises:
        FileNotFoundError: A folder is missing.
        ValueError: A class has no files.
    """
    root, is_used = Path(root), is_media_name if videos else is_image_name
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder '{root}': give a folder with real/ and spoof/.")
    if missing := [f"{name}/" for name in FOLDERS if not (root / name).is_dir()]:
        raise FileNotFoundError(
            f"'{root}' has no folder {' and no '.join(missing)}: put genuine users into real/, attacks into spoof/, and each "
            "attack type into a subfolder of spoof/."
        )
    found = []
    for folder, label in FOLDERS.items():
        files = (path for path in (root / folder).rglob("*") if path.is_file())
        paths = sorted(path for path in files if is_used(path.name) and not path.name.startswith("."))
        if not paths:
            wanted = "pictures and no videos" if videos else "pictures (videos are left out)"
            raise ValueError(f"'{root / folder}' has no {wanted}: both classes are needed.")
        for path in paths:
            parts = path.relative_to(root / folder).parts
            attack = BONA_FIDE if label else parts[0] if len(parts) > 1 else UNNAMED
            name = path.relative_to(root).as_posix()
            frame = FRAME.match(name)
            found.append(LabelledFile(path, name, frame["video"] if frame else name, attack, label))
    return found


def folder_hash(files: list[LabelledFile]) -> str:
    """Return the SHA-256 of names and contents, in hexadecimal digits."""
    found = hashlib.sha256()
    for file in files:
        found.update(f"{file_sha256(file.path)} {file.name}\n".encode("utf-8", "surrogateescape"))
    return found.hexdigest()

# SPDX-License-Identifier: Apache-2.0
"""Archives as owners of data sets hand them out, made from lines of lists: real names, and no faces in them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from zlib import crc32

import av
import numpy as np

from flip_mm.datasets.naming import parse_name

README = "readme.txt"


def write_archive(name: str, root: Path, lines: Iterable[str], media: bool = False) -> Path:
    """Write an archive that the lines could come from, and files beside it that a scan has to pass over.

    Args:
        name: Of the archive.
        root: Is made.
        lines: Of the training and test lists.
        media: Whether videos, images and HDF5 files can be read; otherwise they are empty files.
    """
    files = SETS[name](sorted(set(lines))) | {README: "How to cite."}
    folders = {Path(path).parent for path in files}
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        if content is not None:
            (root / path).write_text(content, encoding="utf-8")
        elif media:
            _write_media(root / path)
        else:
            (root / path).touch()
    return root


def _write_media(path: Path) -> None:
    colour = np.random.default_rng(crc32(path.name.encode())).integers(64, 192, 3)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(14):
            frame = np.full((48, 64, 3), colour + 4 * k, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def _stems(lines: Iterable[str], domain: str) -> list[str]:
    return list(dict.fromkeys(parse_name(domain, line).video_id for line in lines))


def _msu(lines):
    files, clients = {}, {"train": set(), "test": set()}
    for stem in _stems(lines, "M"):
        _, split, word, name = stem.split("/")
        client = re.search(r"client(\d+)", name)[1]
        clients[split].add(client[1:])
        path = f"scene01/{'real' if word == 'real' else 'attack'}/{name}"
        files[path + (".mov" if "laptop" in name else ".mp4")] = None
        files[path + ".face"] = "1, 10, 10, 30, 30, 15, 15, 25, 15\n"
    lists = {f"{split}_sub_list.txt": "\n".join(sorted(own)) + "\n" for split, own in clients.items()}
    return files | lists | {"DecFramesFromMov.m": "", "ffmpeg/ffmpeg.exe": ""}


def _casia(lines):
    files = {}
    for stem in _stems(lines, "C"):
        _, split, _, name = stem.split("/")
        client, take = name.split("_", 1)
        files[f"{split}_release/{client}/{take}.avi"] = None
    return files


def _oulu(lines):
    files = {}
    for stem in _stems(lines, "O"):
        _, split, _, name = stem.split("/")
        path = f"{split.capitalize()}_files/{name}"
        files |= {path + ".avi": None, path + ".txt": "0,20,20,40,20\n"}
    dev = {f"Dev_files/{phone}_1_21_1.avi": None for phone in range(1, 7)}
    return files | dev | {"Protocols/Protocol_1/Train.txt": "+1,1_1_01_1\n"}


SETS: dict[str, Callable[[list[str]], dict[str, str | None]]] = {
    "msu_mfsd": _msu,
    "casia_fasd": _casia,
    "oulu_npu": _oulu,
}

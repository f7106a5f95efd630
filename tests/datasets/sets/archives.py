# SPDX-License-Identifier: Apache-2.0
"""Archives as owners of data sets hand them out, made from lines of lists: real names, and no faces in them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from zlib import crc32

import av
import cv2
import h5py
import numpy as np

from flip_mm.datasets.naming import parse_name
from flip_mm.preparation.archives.walk import Tree

FRAMES, HEIGHT, WIDTH = 14, 48, 64
# Path -> text; None for what is made of the ending: a video, an image, an HDF5 file, a folder of images.
Files = dict[str, str | None]


def write_archive(name: str, root: Path, lines: Iterable[str], media: bool = False) -> Path:
    """Write an archive that the lines could come from, and files beside it that a scan has to pass over.

    Args:
        name: Of the archive.
        root: Is made.
        lines: Of the training and test lists.
        media: Whether videos, images and HDF5 files can be read; otherwise they are empty files.
    """
    files = {"readme.txt": "How to cite."} | list_archive(name, lines)
    for folder in {path.rpartition("/")[0] for path in files}:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        if text is not None or not media:
            with open(f"{root}/{path}", "w", encoding="utf-8") as file:
                file.write(text or "")
        else:
            _write_media(root / path)
    return root


def list_tree(name: str, root: Path, lines: Iterable[str], closed: Callable[[str], bool]) -> Tree:
    """What ``walk`` finds in such an archive, of which only the lists are written: fast for 100,000 images."""
    files = list_archive(name, lines)
    folders, listed = set(), []
    for path, text in files.items():
        parts = path.split("/")
        shut = next((k for k, part in enumerate(parts[:-1], 1) if closed(part)), None)
        if shut:
            folders.add("/".join(parts[:shut]))
        else:
            listed.append(path)
        if text and ("list" in path or "label" in path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
    return Tree(root, sorted(listed), sorted(folders))


def list_archive(name: str, lines: Iterable[str]) -> Files:
    """Files of such an archive."""
    domain, files = SETS[name]
    return files(list(dict.fromkeys(parse_name(domain, line).video_id for line in sorted(set(lines)))))


def _write_media(path: Path) -> None:
    clouds = np.random.default_rng(crc32("/".join(path.parts[-3:]).encode())).integers(0, 256, (6, 8, 3), np.uint8)
    picture = cv2.resize(clouds, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    frames = [np.roll(picture, k, axis=1) for k in range(FRAMES)]
    if path.suffix == ".hdf5":
        with h5py.File(path, "w") as file:
            for k, frame in enumerate(frames):
                file[f"Frame_{k}/array"] = frame.transpose(2, 0, 1)
    elif path.suffix in (".jpg", ".png"):
        cv2.imwrite(str(path), frames[0])
    else:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())


def _msu(stems: list[str]) -> Files:
    files, clients = {}, {"train": set(), "test": set()}
    for _, split, word, name in (stem.split("/") for stem in stems):
        clients[split].add(re.search(r"client0(\d\d)", name)[1])
        path = f"scene01/{'real' if word == 'real' else 'attack'}/{name}"
        files[path + (".mov" if "laptop" in name else ".mp4")] = None
        files[path + ".face"] = "1, 10, 10, 30, 30, 15, 15, 25, 15\n"
    lists = {f"{split}_sub_list.txt": "\n".join(sorted(own)) + "\n" for split, own in clients.items()}
    return files | lists | {"DecFramesFromMov.m": "", "ffmpeg/ffmpeg.exe": ""}


def _casia(stems: list[str]) -> Files:
    parts = (stem.split("/") for stem in stems)
    return {f"{split}_release/{name.replace('_', '/', 1)}.avi": None for _, split, _, name in parts}


def _replay(stems: list[str]) -> Files:
    files = {}
    for _, split, word, name in (stem.split("/") for stem in stems):
        first, _, name = name.partition("_")
        path = f"{split}/real/{name}" if word == "real" else f"{split}/attack/{first}/{name}"
        files |= {f"{path}.mov": None, f"face-locations/{path}.face": "0 20 10 20 20\n"}
    devel = {f"devel/real/client001_session01_webcam_authenticate_adverse_{k}.mov": None for k in (1, 2)}
    enroll = {"enroll/train/client001_session02_webcam_authenticate_controlled_1.mov": None}
    return files | devel | enroll


def _oulu(stems: list[str]) -> Files:
    files = {}
    for _, split, _, name in (stem.split("/") for stem in stems):
        path = f"{split.capitalize()}_files/{name}"
        files |= {path + ".avi": None, path + ".txt": "0,20,20,40,20\n"}
    dev = {f"Dev_files/{phone}_1_21_1.avi": None for phone in range(1, 7)}
    return files | dev | {"Dev_files/1_1_21_1.txt": "0,20,20,40,20\n", "Protocols/Protocol_1/Train.txt": "+1,1_1_01_1\n"}


def _celeb(stems: list[str]) -> Files:
    files, labels = {"Data/test/7870/spoof/500097.jpg": None}, []
    for k, (_, word, name) in enumerate(stem.split("/") for stem in stems):
        subject, kind, number = name.split("_")
        path = f"Data/train/{subject}/{kind}/{number}"
        image = path + (".jpg" if k % 2 else ".png")
        files[image] = None
        labels.append(f"{image} {int(word == 'fake')}\n")
        if k < 10:
            files[path + "_BB.txt"] = "20 10 20 20 0.99\n"
    return files | {"metas/intra_test/train_label.txt": "".join(labels), "metas/protocol1/train_label.json": "{}"}


def _wmca(stems: list[str]) -> Files:
    names = {stem.rpartition("/")[2] for stem in stems}
    files = {f"WMCA/face-station/{name.replace('_', '/', 1)}.hdf5": None for name in sorted(names)}
    return files | {
        "WMCA/face-station/22.05.18/069_06_000_5_01.hdf5": None,
        "WMCA/documentation/bonafide_illustration_files.csv": "",
    }


def _cefa(stems: list[str]) -> Files:
    names = [stem.rpartition("/")[2] for stem in stems]
    files = {f"{name}/profile/{k:04d}.jpg": None for name in names for k in range(1, FRAMES + 1)}
    others = [f"{names[0]}/depth/0001.jpg", f"{names[0]}/ir/0001.jpg", f"{names[0][:5]}_2_1_1/profile/0001.jpg"]
    return files | dict.fromkeys(others) | {"4@1_train.txt": ""}


def _surf(stems: list[str]) -> Files:
    files, lists = {}, {"Training": [], "Val": [], "Testing": []}
    for _, _, word, name in (stem.split("/") for stem in stems):
        part = name.partition("_")[0]
        if part == "Training":
            _, folder, subject, take, number = re.fullmatch(
                r"(Training)_(\w+_part)_(\w+?\d{4})_(.+)_color_(\d+)", name
            ).groups()
            path = f"Training/{folder}/{subject}/{take}/color/{number}.jpg"
            others = [path.replace("/color/", f"/{other}/") for other in ("depth", "ir")]
        else:
            path = f"{name.replace('_', '/')}.jpg"
            others = [path.replace("-color", f"-{other}") for other in ("depth", "ir")]
        files[path] = None
        if len(files) < 10:
            files |= dict.fromkeys(others)
        lists[part].append(f"{path} {others[0]} {others[1]} {int(word == 'real')}\n")
    names = {"Training": "train_list.txt", "Val": "val_private_list.txt", "Testing": "test_private_list.txt"}
    return files | {names[part]: "".join(lines) for part, lines in lists.items()} | {"val_public_list.txt": ""}


SETS: dict[str, tuple[str, Callable[[list[str]], Files]]] = {
    "msu_mfsd": ("M", _msu),
    "casia_fasd": ("C", _casia),
    "replay_attack": ("I", _replay),
    "oulu_npu": ("O", _oulu),
    "celeba_spoof": ("CelebA", _celeb),
    "wmca": ("W", _wmca),
    "casia_cefa": ("CeFA", _cefa),
    "casia_surf": ("S", _surf),
}

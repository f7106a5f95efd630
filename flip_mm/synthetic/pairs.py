# SPDX-License-Identifier: Apache-2.0
"""Write synthetic images with captions, to pretrain a small CLIP; every pair depends only on (seed, number)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from flip_mm.datasets.data_roots import SYNTHETIC_MARKER
from flip_mm.utils.files import write_file, write_text
from flip_mm.utils.process_pool import process_pool

from .cameras import CAMERAS, draw_camera_state, film_scene
from .captions import Scene, draw_caption
from .faces import draw_identity, draw_view
from .patterns import Image
from .rooms import draw_backdrop, draw_room
from .writer import dataset_settings, render_scene, show_progress

LAYOUT = "captions"
# Held-out pairs; the batches of 100 of configs/clip_pretrain_demo.py divide them.
VALIDATION = 500
CAPTIONS_PER_IMAGE = 4
# None of them films M, C, I or O.
PAIR_CAMERAS = ("W", "CeFA", "S")
# Most images show a person, as most photos of the web.
KINDS = {"real": 0.65, "print": 0.14, "replay": 0.14, "mask": 0.03, "cut_en": 0.02, "cut_enm": 0.02}
# Part of the random seeds; 0 and 1 are persons and videos of the data sets of `writer`.
IMAGES, TEXTS = 2, 3
README = """These images and captions are synthetic: `flip_mm synth --captions` of flip_mm draws faces, cameras and media, and
writes the captions from the parameters of the drawing. They show no real person. They pretrain a small CLIP, see
docs/language.md.
"""


def draw_pair(number: int, size: int, seed: int) -> tuple[Image, list[str]]:
    """Draw an image and its captions.

    Args:
        number: Number of the pair; each one shows another person.
        size: Side of the image in pixels.
        seed: Seed of the set. No pair has a random seed in common with an image of ``write_dataset``, whatever its seed.

    Returns:
        (size, size, 3) RGB float32 in 0..1, and :data:`CAPTIONS_PER_IMAGE` captions.
    """
    rng = np.random.default_rng([seed, IMAGES, number])
    who, view = draw_identity(rng), draw_view(rng)
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    camera = draw_camera_state(CAMERAS[rng.choice(PAIR_CAMERAS)], rng)
    room = draw_backdrop(rng, size) if kind in ("real", "mask") else draw_room(rng, size)
    first, home = draw_camera_state(CAMERAS["CelebA"], rng), draw_backdrop(rng, size)
    image = film_scene(render_scene(kind, who, view, room, home, first, rng, rng), camera, rng)
    texts = np.random.default_rng([seed, TEXTS, number])
    return image, [draw_caption(Scene(kind, who, view, camera), texts) for _ in range(CAPTIONS_PER_IMAGE)]


def planned_pairs(count: int) -> set[str]:
    """Paths of all files that :func:`write_pairs` writes, relative to its folder."""
    files = {"README.txt", SYNTHETIC_MARKER, f"{SYNTHETIC_MARKER}.part", "captions_train.json", "captions_val.json"}
    return files | {_image_path(number) for number in range(count + VALIDATION)}


def write_pairs(out: Path, count: int, size: int, seed: int, workers: int) -> int:
    """Write ``count`` images for training and :data:`VALIDATION` held-out ones.

    The captions are in the format of MMPretrain's ``COCOCaption``, ``[{"image": path, "caption": text}, ...]``: all captions of
    the training images, the first one of the others.

    Args:
        out: Folder to write.
        count: Number of images for training.
        size: Side of the images in pixels.
        seed: The same seed gives the same files, for any number of workers.
        workers: Number of processes.

    Returns:
        Number of images.
    """
    part = out / f"{SYNTHETIC_MARKER}.part"
    out.mkdir(parents=True, exist_ok=True)
    write_text(part, json.dumps(dataset_settings(LAYOUT, count, size, seed)))
    numbers = range(count + VALIDATION)
    write = partial(_write_pair, out=out, size=size, seed=seed)
    captions: list[list[str]] = []
    if workers == 1:
        cv2.setNumThreads(1)
        show_progress(_collected(map(write, numbers), captions), len(numbers))
    else:
        with process_pool(workers) as pool:
            show_progress(_collected(pool.map(write, numbers, chunksize=32), captions), len(numbers))
    for name, chosen, most in (("train", numbers[:count], None), ("val", numbers[count:], 1)):
        rows = [dict(image=_image_path(number), caption=text) for number in chosen for text in captions[number][:most]]
        write_text(out / f"captions_{name}.json", json.dumps(rows, indent=0) + "\n")
    write_text(out / "README.txt", README)
    part.rename(out / SYNTHETIC_MARKER)
    return len(numbers)


def _collected(results: Iterable[list[str]], captions: list[list[str]]) -> Iterator[int]:
    """Store the captions of every pair, and yield 1 for each."""
    for texts in results:
        captions.append(texts)
        yield 1


def _write_pair(number: int, out: Path, size: int, seed: int) -> list[str]:
    image, captions = draw_pair(number, size, seed)
    path = out / _image_path(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.rint(255 * np.clip(image[..., ::-1], 0, 1)).astype(np.uint8)
    write_file(path, cv2.imencode(path.suffix, pixels)[1].tobytes())
    return captions


def _image_path(number: int) -> str:
    return f"images/{number // 1000:03d}/{number:06d}.png"

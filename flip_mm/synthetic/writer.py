# SPDX-License-Identifier: Apache-2.0
"""Write the synthetic set; every video depends only on (seed, domain, number)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from flip_mm.datasets.data_roots import SYNTHETIC_MARKER
from flip_mm.datasets.depth_maps import DEPTH_FOLDER, map_file
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.utils.files import write_file, write_text
from flip_mm.utils.process_pool import process_pool

from .attacks import ATTACKS, CUTS, cut_photo, mask
from .cameras import CAMERAS, draw_camera_state, film_scene
from .depth import face_depth
from .faces import Identity, View, draw_identity, draw_person, draw_view, next_view
from .layout import Video, list_files, plan_videos
from .patterns import RNG, Image
from .rooms import draw_backdrop, draw_room

VERSION = 1
# Seeds of subjects depend on the domain, so nobody appears in two domains.
DOMAIN_KEYS = {name: number for number, name in enumerate(DOMAINS)}
README = """This data set is synthetic: tools/dataset_converters/make_synthetic.py of flip_mm draws faces, cameras and attacks.
It shows no real person. It uses the folder and file names of {sets} and CelebA-Spoof,
so that their configs run on it, but contains nothing of these data sets. It shows that the software works;
metrics on it say nothing about real attacks.
"""


def render_video(video: Video, number: int, size: int, seed: int) -> list[Image]:
    """Render the frames of a video.

    Args:
        video: The video.
        number: Number of the video within its domain; part of the random seed.
        size: Side of the images in pixels.
        seed: Seed of the data set.

    Returns:
        (size, size, 3) RGB float32 in 0..1, one per frame.
    """
    return film_video(video, number, size, seed)[0]


def film_video(video: Video, number: int, size: int, seed: int) -> tuple[list[Image], Identity, list[View]]:
    """Render the frames of a video.

    Args:
        video: As :func:`render_video`.
        number: As :func:`render_video`.
        size: As :func:`render_video`.
        seed: As :func:`render_video`.

    Returns:
        The frames, the person, and the view of each frame.
    """
    key = DOMAIN_KEYS[video.domain]
    who = draw_identity(np.random.default_rng([seed, 0, key, video.subject]))
    rng = np.random.default_rng([seed, 1, key, number])
    view, camera = draw_view(rng), draw_camera_state(CAMERAS[video.domain], rng)
    room = draw_backdrop(rng, size) if video.kind in ("real", "mask") else draw_room(rng, size)
    first, home = draw_camera_state(CAMERAS["CelebA"], rng), draw_backdrop(rng, size)
    medium_seed = int(rng.integers(2**32))
    frames, views = [], []
    for i in range(len(video.frames)):
        # The sheet or screen is the same in all frames of a video; only the person moves.
        medium = np.random.default_rng([medium_seed])
        scene = render_scene(video.kind, who, view, room, home, first, medium, rng)
        frames.append(film_scene(scene, camera, rng))
        views.append(view)
        view = next_view(view, rng) if i + 1 < len(video.frames) else view
    return frames, who, views


def render_scene(kind: str, who, view, room: Image, home: Image, first, medium: RNG, rng: RNG) -> Image:  # noqa: ANN001
    """Render the scene in front of the camera: a person, a mask, or a picture of a person recorded elsewhere."""
    if kind == "real":
        return draw_person(who, view, room, rng)
    if kind == "mask":
        return mask(who, view, room, medium)
    photo = film_scene(draw_person(who, view, home, rng), first, rng)
    if kind in CUTS:
        return cut_photo(photo, view, CUTS[kind], room, medium)
    return ATTACKS[kind](photo, room, medium)


def write_video(task: tuple[Video, int], out: Path, size: int, seed: int, depth: bool = False) -> int:
    """Write the images of one video, and depth maps if it is real; ``task`` is (video, number within its domain).

    Returns:
        Number of images.
    """
    video, number = task
    frames, who, views = film_video(video, number, size, seed)
    for suffix, frame, view in zip(video.frames, frames, views, strict=True):
        _write_picture(out / "frame" / (video.stem + suffix), frame[..., ::-1])
        if depth and video.kind == "real":
            _write_picture(out / _depth_file(video, suffix), face_depth(who, view, size))
    return len(video.frames)


def _write_picture(path: Path, picture: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    write_file(path, cv2.imencode(path.suffix, pixels)[1].tobytes())


def _depth_file(video: Video, suffix: str) -> str:
    return map_file(f"{DEPTH_FOLDER}/{video.stem}{suffix}")


def planned_files(layout: str, videos: int, seed: int) -> set[str]:
    """Paths of all files that :func:`write_dataset` may write, relative to the folder of the set."""
    files = {"README.txt", SYNTHETIC_MARKER, f"{SYNTHETIC_MARKER}.part"}
    for domain in LAYOUTS[layout]:
        plan = plan_videos(domain, videos, seed)
        files |= {f"txt/{name}" for name in list_files(domain, plan)}
        files |= {f"frame/{video.stem}{suffix}" for video in plan for suffix in video.frames}
        files |= {_depth_file(video, suffix) for video in plan for suffix in video.frames if video.kind == "real"}
    return files


def write_dataset(out: Path, videos: int, size: int, seed: int, workers: int, layout: str = "MCIO", depth: bool = False) -> int:
    """Write the whole set.

    Args:
        out: Folder for ``frame/``, ``txt/``, ``README.txt`` and the marker ``synthetic.json``, which is named
            ``synthetic.json.part`` until the set is complete.
        videos: Real videos per domain (twice as many attacks); CelebA gets this number of single images of each class.
        size: Side of the images.
        seed: The same seed gives the same files, for any number of workers.
        workers: Number of processes.
        layout: ``'MCIO'`` (M, C, I, O, CelebA) or ``'WCS'`` (W, CeFA, S, CelebA).
        depth: Also write ``depth/`` with a map of every real image; the other files do not change, except the marker.

    Returns:
        Number of images.
    """
    part = out / f"{SYNTHETIC_MARKER}.part"
    (out / "txt").mkdir(parents=True, exist_ok=True)
    write_text(part, json.dumps(dataset_settings(layout, videos, size, seed, depth)))
    tasks: list[tuple[Video, int]] = []
    for domain in LAYOUTS[layout]:
        plan = plan_videos(domain, videos, seed)
        for name, lines in list_files(domain, plan).items():
            write_text(out / "txt" / name, "".join(f"{line}\n" for line in lines))
        tasks += [(video, number) for number, video in enumerate(plan)]
    total = sum(len(video.frames) for video, _ in tasks)
    write = partial(write_video, out=out, size=size, seed=seed, depth=depth)
    if workers == 1:
        cv2.setNumThreads(1)
        show_progress(map(write, tasks), total)
    else:
        with process_pool(workers) as pool:
            show_progress(pool.map(write, tasks, chunksize=8), total)
    titles = [DATA_SETS[domain].title for domain in LAYOUTS[layout] if domain != "CelebA"]
    write_text(out / "README.txt", README.format(sets=", ".join(titles)))
    part.rename(out / SYNTHETIC_MARKER)
    return total


def dataset_settings(layout: str, videos: int, size: int, seed: int, depth: bool = False) -> dict:
    """Settings that identify a synthetic set; ``depth`` is only in those of a set with depth maps."""
    return dict(version=VERSION, layout=layout, videos=videos, size=size, seed=seed) | (dict(depth=True) if depth else {})


def show_progress(done: Iterable[int], total: int) -> None:
    """Show a progress bar on a terminal."""
    with tqdm(total=total, unit="image", desc="draw", disable=None) as bar:
        for count in done:
            bar.update(count)

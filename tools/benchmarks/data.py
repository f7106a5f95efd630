# SPDX-License-Identifier: Apache-2.0
"""Time the data path of one core: files to a batch in the memory of the process, as in the released code and in flip_mm.

"plain" is a small reference of what the released code does. "opencv", "pillow" and "device" are the settings of `views` in
the configs; of "device" only what remains for the CPU is timed. All read the same generated files in turns. The released
code normalises in the data path, flip_mm on the device of the model; "opencv, normalised" adds this work on the CPU.

python tools/benchmarks/data.py
"""

from __future__ import annotations

import argparse
import copy
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _plain_data as plain
import cv2
import numpy as np
import torch
from _harness import Result, add_arguments, compare, write_json
from mmengine.config import Config
from mmengine.registry import FUNCTIONS, init_default_scope
from mmpretrain.registry import DATASETS, MODELS
from PIL import Image, ImageFilter
from torchvision.transforms import functional

import flip_mm  # noqa: F401  its parts must be registered
from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.datasets.transforms import opencv_view, scale_saturation
from flip_mm.datasets.transforms.view_parameters import draw_view
from flip_mm.media.decoding import decode_image

CONFIGS = Path(__file__).parents[2] / "configs"
# Two videos of each class are enough: the files stay in memory, as those of a training set in the page cache.
LISTS = {
    "casia_real_train.txt": ["casia/train/real/1_1_frame0", "casia/train/real/2_1_frame0"],
    "casia_fake_train.txt": ["casia/train/fake/1_3_frame0", "casia/train/fake/2_3_frame0"],
    "replay_real_test.txt": ["replay/test/real/real_client009_session01_webcam_authenticate_adverse_1_frame0"],
    "replay_fake_test.txt": ["replay/test/fake/fixed_attack_mobile_client009_session01_mobile_photo_adverse_frame0"],
}
RUN = dict(protocol="p3", source="C", target="I", aux=False)
BATCH = 8
# Our converters write PNGs by Pillow, the release by OpenCV with other filters, so the times to read them differ.
FORMATS = {"png": "PNG (Pillow)", "png_opencv": "PNG (OpenCV)", "jpg": "JPEG"}


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_arguments(parser, turns=5)
    parser.add_argument("--sizes", type=integer(1), nargs="+", default=[224, 256], help="side of the files in pixels (224 256)")
    parser.add_argument("--formats", nargs="+", default=list(FORMATS), choices=list(FORMATS), help=f"({' '.join(FORMATS)})")
    return parser.parse_args()


def photo(size: int, seed: int) -> Image.Image:
    """Draw smooth colours with the noise of a camera."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).resize((size, size), Image.Resampling.BICUBIC)
    return Image.fromarray(np.clip(np.array(coarse) + rng.normal(0, 3, (size, size, 3)), 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str) -> bytes:
    """Return the content of a file."""
    if kind == "png":
        image.save(buffer := io.BytesIO(), "PNG")
        return buffer.getvalue()
    return cv2.imencode("." + kind[:3], np.array(image)[..., ::-1])[1].tobytes()


def write_files(root: Path, size: int, kind: str) -> None:
    """Write a data set. The paths end in .png as in the lists; the format is that of the content."""
    for number, (name, stems) in enumerate(LISTS.items()):
        lines = [stem + ".png" for stem in stems]
        (root / "txt").mkdir(parents=True, exist_ok=True)
        (root / "txt" / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        frames = [line.replace("frame0", f"frame{k}") for line in lines for k in (0, 1)]
        for index, line in enumerate(frames):
            path = root / "frame" / line
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(photo(size, 100 * number + index), kind))


def batch_of(config: str, split: str, root: Path, views: str = "opencv") -> Callable[[], Any]:
    """Return a function that reads a batch as a worker of flip_mm does."""
    loader = copy.deepcopy(Config.fromfile(CONFIGS / config)[f"{split}_dataloader"])
    for step in loader.dataset.pipeline:
        if step.type == "TrainingViews":
            step.views = views
    dataset = DATASETS.build(loader.dataset | dict(run=RUN, data_root=str(root)))
    collate = FUNCTIONS.get(loader.collate_fn["type"])
    seeded = split == "train"

    def batch() -> Any:
        indices = [k % len(dataset) for k in range(BATCH)]
        return collate([dataset[(index, 1000 + k) if seeded else index] for k, index in enumerate(indices)])

    return batch


def pipelines(root: Path, words: str, turns: int) -> list[Result]:
    """Time whole batches."""
    frames = sorted(root.glob("frame/casia/**/*frame0.png"))
    targets = sorted(root.glob("frame/replay/**/*.png"))
    paths, tests = ([group[k % len(group)] for k in range(BATCH)] for group in (frames, targets))
    preprocessor = MODELS.build(Config.fromfile(CONFIGS / "flip_mcl_p1.py").model.data_preprocessor)
    results = []
    for name, config, simclr in (("3 views", "flip_mcl_p1.py", 2), ("1 view", "flip_it_p1.py", 0)):
        ways = {"plain": lambda simclr=simclr: plain.training_batch(paths, simclr)}
        ways |= {views: batch_of(config, "train", root, views) for views in ("opencv", "pillow", "device")}
        if simclr:
            ways["opencv, normalised"] = lambda read=ways["opencv"]: preprocessor(read(), training=True)
        results += compare(f"training data, {name}, {words}", ways, BATCH, "images", turns)
    read = batch_of("flip_it_p1.py", "test", root)
    ways = {"plain": lambda: plain.test_batch(tests), "ours": read, "ours, normalised": lambda: preprocessor(read())}
    return results + compare(f"test data, {words}", ways, BATCH, "images", turns)


def operations(turns: int) -> list[Result]:
    """Time each operation on one image: as in the released code, and as with views='opencv'."""
    calls = 8
    image = photo(224, 0)
    pixels = np.array(image)
    view = draw_view(224, 224)._replace(crop=(20, 30, 150, 170))
    top, left, height, width = view.crop
    pairs = {
        f"read a {FORMATS[kind]}": (
            lambda data=data: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR),
            lambda data=data: decode_image(data),
        )
        for kind, data in ((kind, encoded(image, kind)) for kind in FORMATS)
    }
    pairs |= {
        "saturation of the file": (lambda: _plain_saturation(pixels), lambda: scale_saturation(pixels, 1.1)),
        "crop": (
            lambda: functional.resized_crop(image, top, left, height, width, [224, 224]),
            lambda: opencv_view.crop(pixels, view.crop, (224, 224)),
        ),
        "brightness": (lambda: functional.adjust_brightness(image, 1.2), lambda: opencv_view.brightness(pixels, 1.2)),
        "contrast": (lambda: functional.adjust_contrast(image, 1.2), lambda: opencv_view.contrast(pixels, 1.2)),
        "saturation": (lambda: functional.adjust_saturation(image, 1.2), lambda: opencv_view.saturation(pixels, 1.2)),
        "hue": (lambda: functional.adjust_hue(image, 0.05), lambda: opencv_view.hue(pixels, 0.05)),
        "grey": (lambda: functional.rgb_to_grayscale(image, 3), lambda: opencv_view.grey(pixels)),
        "blur": (lambda: image.filter(ImageFilter.GaussianBlur(1.0)), lambda: opencv_view.blur(pixels, 1.0)),
        "flip": (lambda: functional.hflip(image), lambda: cv2.flip(pixels, 1)),
    }
    results = []
    for name, (theirs, own) in pairs.items():
        ways = {way: (lambda call=call: [call() for _ in range(calls)]) for way, call in (("plain", theirs), ("opencv", own))}
        results += compare(name, ways, calls, "images", turns)
    return results


def _plain_saturation(pixels: np.ndarray) -> np.ndarray:
    hsv = cv2.cvtColor(pixels.astype(np.float32), cv2.COLOR_BGR2HSV)
    hsv[..., 1] *= 1.1
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.uint8)


def main() -> None:
    """Measure, print and write."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    init_default_scope("mmpretrain")
    results = []
    for size in args.sizes:
        for kind in args.formats:
            with tempfile.TemporaryDirectory() as folder:
                write_files(Path(folder), size, kind)
                results += pipelines(Path(folder), f"{size} px {FORMATS[kind]}", args.turns)
    results += operations(args.turns)
    write_json(args.json, results)


if __name__ == "__main__":
    sys.exit(run_main(main))

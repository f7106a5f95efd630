# SPDX-License-Identifier: Apache-2.0
"""What a straightforward program does with long lists: a dict for each line, a new shuffle for each batch, ImageHash."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import cv2
import imagehash
import numpy as np
from mmengine.dataset import BaseDataset
from PIL import Image, ImageOps

NAMES = {
    "replay": re.compile(
        r"replay/train/(?P<cls>real|fake)/(?:real|(?P<support>fixed|hand)_attack_(?P<attack>print|mobile|highdef))"
        r"_client(?P<subject>\d{3})_session(?P<session>\d\d)_(?P<medium>.+)_frame(?P<frame>\d+)\.png"
    ),
    "casia": re.compile(r"casia/train/(?P<cls>real|fake)/(?P<subject>\d+)_(?P<attack>HR_[1-4]|[1-8])_frame(?P<frame>\d+)\.png"),
    "msu": re.compile(
        r"msu/train/(?P<cls>real|fake)/(?:real|attack)_client(?P<subject>\d{3})_(?P<device>android|laptop)_SD_"
        r"(?:(?P<attack>ipad_video|iphone_video|printed_photo)_)?scene(?P<session>\d+)_frame(?P<frame>\d+)\.png"
    ),
    "celeb": re.compile(r"celeb/(?P<cls>real|fake)/(?P<subject>\d+)_(?P<attack>live|spoof)_(?P<number>\d+)\.jpg"),
}
DOMAINS = {"replay": "I", "casia": "C", "msu": "M", "celeb": "CelebA"}


class PlainDataset(BaseDataset):
    """Dicts in a list, which mmengine pickles."""

    def load_data_list(self) -> list[dict]:
        """Read the lists of four domains."""
        samples = []
        self.streams: dict[tuple[str, str], list[int]] = {}
        for index, (stem, pattern) in enumerate(NAMES.items()):
            for label, word in ((1, "real"), (0, "fake")):
                start = len(samples)
                path = Path(self.data_root) / "txt" / f"{stem}_{word}_train.txt"
                for line in dict.fromkeys(path.read_text(encoding="utf-8").split()):
                    m = pattern.fullmatch(line)
                    if not m or m["cls"] != word:
                        raise ValueError(f"'{path}': '{line}' is no name of {stem}.")
                    parts = m.groupdict("")
                    samples.append(
                        dict(
                            img_path=f"{self.data_root}/frame/{line}",
                            gt_label=label,
                            domain=DOMAINS[stem],
                            domain_index=index,
                            video_id=line.rpartition("_frame")[0] or line.rpartition(".")[0],
                            subject=parts["subject"],
                            session=parts.get("session", ""),
                            device=parts.get("device", ""),
                            attack_type="bonafide" if label else parts["attack"],
                            medium=parts.get("medium", ""),
                            frame=int(parts.get("frame", 0)),
                            role="train",
                        )
                    )
                self.streams[DOMAINS[stem], word] = list(range(start, len(samples)))
        return samples


def plain_batch(streams: dict[tuple[str, str], np.ndarray], size: int, seed: int, iteration: int) -> list[tuple[int, int]]:
    """Batch of an iteration; shuffles every stream."""
    batch = []
    seeds = np.random.SeedSequence([seed, 1, iteration, 0]).generate_state(size * len(streams)).tolist()
    for number, indices in enumerate(streams.values()):
        epoch, position = divmod(iteration, max(len(indices) // size, 1))
        images = np.random.default_rng([seed, 0, number, epoch]).permutation(indices)
        drawn = np.take(images, range(position * size, (position + 1) * size), mode="wrap").tolist()
        batch += zip(drawn, seeds[number * size : (number + 1) * size], strict=True)
    return batch


def plain_facts(path: Path) -> tuple:
    """Check and measure one image with one library call for each fact."""
    data = path.read_bytes()
    with Image.open(io.BytesIO(data)) as opened:
        opened.verify()
    with Image.open(io.BytesIO(data)) as opened:
        metadata = sorted(opened.info), dict(opened.getexif())
        image = np.array(ImageOps.exif_transpose(opened).convert("RGB"))
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    seen = cv2.cvtColor(cv2.resize(image, (224, 224), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return (
        hashlib.blake2b(data, digest_size=16).digest(),
        imagehash.phash(Image.fromarray(luma)),
        cv2.resize(luma, (16, 16), interpolation=cv2.INTER_AREA).tobytes(),
        cv2.Laplacian(seen, cv2.CV_64F).var(),
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean() / 255,
        int(luma.max()) - int(luma.min()),
        metadata,
    )

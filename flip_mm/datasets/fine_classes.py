# SPDX-License-Identifier: Apache-2.0
"""Classes finer than real and spoof: the camera of each domain, and the material that an attack was shown on."""

from __future__ import annotations

from flip_mm.labels import BONA_FIDE

# Domain -> its cameras, and the materials of its attacks, as its file names tell them.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "O": (tuple(f"phone{number}" for number in range(1, 7)), ("printer1", "printer2", "display1", "display2")),
    "M": (("android", "laptop"), ("paper", "ipad", "iphone")),
    "C": (("low", "normal", "high"), ("warped_photo", "cut_photo", "video_replay")),
    "I": (("webcam",), ("print", "mobile", "highdef")),
}
# For the other domains: real and spoof only.
UNKNOWN = (("",), ("spoof",))


def fine_classes(domain: str) -> list[str]:
    """Return the fine classes of a domain, ``domain/camera/material``, those of real faces first.

    Example:
        >>> fine_classes("I")
        ['I/webcam/bonafide', 'I/webcam/print', 'I/webcam/mobile', 'I/webcam/highdef']
    """
    cameras, materials = KINDS.get(domain, UNKNOWN)
    return [f"{domain}/{camera}/{material}" for material in (BONA_FIDE, *materials) for camera in cameras]


def fine_class(domain: str, device: str, medium: str, attack_type: str) -> str:
    """Return the fine class of an image; the arguments are fields of its sample, see docs/new_method.md.

    Example:
        >>> fine_class("C", "low", "", "cut_photo"), fine_class("CelebA", "", "", "bonafide")
        ('C/low/cut_photo', 'CelebA//bonafide')
    """
    (camera, *_), (material, *_) = UNKNOWN
    if domain in KINDS:
        camera, material = device, medium or attack_type
    return f"{domain}/{camera}/{BONA_FIDE if attack_type == BONA_FIDE else material}"


def is_live(name: str) -> bool:
    """Return whether a fine class is one of real faces."""
    return name.endswith(f"/{BONA_FIDE}")

# SPDX-License-Identifier: Apache-2.0
"""Describe a synthetic image by the parameters that it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cameras import CameraState
from .faces import HAIR, SKIN, Identity, View
from .patterns import RNG

# Share of the captions that use the words of the task: real, bonafide, spoof, attack, fake, printout.
TASK_WORDS = 0.05
# Share of the other captions of a print, a replay or a mask that name the medium; the rest describes only the person.
NAMED_MEDIUM = 0.7
# The text tower of FLIP-demo takes 16 tokens: two for start and end, up to three for 'bonafide', one for each other word.
MAX_WORDS = 12

SKIN_WORDS = ("pale", "light", "tan", "brown", "dark")
HAIR_WORDS = ("black", "brown", "ginger", "blond", "grey")
CLOTH_WORDS = {
    "black": (0.1, 0.1, 0.1),
    "white": (0.9, 0.9, 0.9),
    "grey": (0.5, 0.5, 0.5),
    "red": (0.8, 0.2, 0.2),
    "green": (0.2, 0.7, 0.2),
    "blue": (0.2, 0.3, 0.8),
    "yellow": (0.8, 0.8, 0.2),
    "purple": (0.6, 0.2, 0.7),
    "pink": (0.9, 0.5, 0.6),
    "turquoise": (0.2, 0.7, 0.7),
}
PERSON = ("a {photo} of {person}", "{person}", "a {photo} , {person}", "a {photo} of {person} {light}")
MEDIUM = {
    "print": (
        "a printed photo of {person}",
        "{person} printed on paper",
        "a sheet of paper with a face , {person}",
        "a {photo} of folded paper with {person}",
    ),
    "replay": (
        "a screen showing {person}",
        "{person} on a phone screen",
        "a video of {person} on a display",
        "a {photo} of a screen with {person}",
    ),
    "mask": ("a person wearing a mask , {person}", "a mask over {person}", "a {photo} of {person} behind a mask"),
    "cut": ("a printed photo with holes of {person}", "paper with holes for the eyes over {person}"),
}
TASK_PERSON = ("a real face , {person}", "a bonafide face , {person}", "not a spoof but {person}", "real : {person}")
TASK_MEDIUM = {
    "print": ("a spoof face on paper , {person}", "an attack with a printed photo of {person}", "a printout of {person}"),
    "replay": (
        "a spoof face on a screen , {person}",
        "an attack with a phone , {person}",
        "a fake face , {person} on a screen",
    ),
    "mask": ("a spoof face , a mask over {person}", "an attack with a mask , {person}", "not a real face but a mask"),
    "cut": ("a spoof face , paper with holes", "an attack with a cut photo of {person}", "a fake face , printout with holes"),
}


@dataclass(frozen=True)
class Scene:
    """The parameters of an image that captions describe.

    Attributes:
        kind: ``'real'``, ``'print'``, ``'replay'``, ``'mask'``, ``'cut_en'`` or ``'cut_enm'``.
        who: The person.
        view: Pose, light and expression.
        camera: The camera that records the scene.
    """

    kind: str
    who: Identity
    view: View
    camera: CameraState


def draw_caption(scene: Scene, rng: RNG) -> str:
    """Write a caption of at most :data:`MAX_WORDS` words.

    It names some of the facts of the scene, never a wrong one.

    Args:
        scene: The parameters of the image.
        rng: Chooses the template and the facts.

    Returns:
        The caption, in lower case.
    """
    kind = scene.kind.split("_")[0]
    if rng.random() < TASK_WORDS:
        templates = TASK_PERSON if kind == "real" else TASK_MEDIUM[kind]
    else:
        names_medium = kind != "real" and rng.random() < NAMED_MEDIUM
        templates = MEDIUM[kind] if names_medium else PERSON
    template = templates[rng.integers(len(templates))]
    details, photo, light = _details(scene.who, rng), _photo(scene.camera, rng), light_words(scene.view)
    adjective = _adjective(scene, rng)
    for count in range(len(details), -1, -1):
        person = f"a {adjective} person"
        if count:
            person += f" with {' and '.join(details[:count])}"
        caption = " ".join(template.format(photo=photo, person=person, light=light).split())
        if len(caption.split()) <= MAX_WORDS:
            break
    return caption


def _adjective(scene: Scene, rng: RNG) -> str:
    """Skin tone or expression; '' for a person who does not smile."""
    if rng.random() < 0.5:
        return f"{skin_word(scene.who.skin)} skinned"
    return "smiling" if scene.view.smile > 0.5 else ""


def _details(who: Identity, rng: RNG) -> list[str]:
    """One or two facts of the person's appearance, in random order."""
    facts = [f"{'long ' if who.long_hair else 'short '}{hair_word(who.hair)} hair", f"a {shirt_words(who)} shirt"]
    facts += ["glasses"] if who.glasses else []
    facts += ["a beard"] if who.beard else []
    order = rng.permutation(len(facts))[: rng.integers(1, 3)]
    return [facts[number] for number in order]


def _photo(camera: CameraState, rng: RNG) -> str:
    """'photo' or 'picture', often with an adjective for the camera."""
    noun = ("photo", "picture")[rng.integers(2)]
    words = photo_words(camera)
    return f"{words[rng.integers(len(words))]} {noun}" if words and rng.random() < 0.7 else noun


def photo_words(camera: CameraState) -> list[str]:
    """Adjectives of what the camera does to the image; none for average values."""
    warmth = camera.balance[0] - camera.balance[2]
    facts = {
        "blurry": camera.blur > 1.0,
        "sharp": camera.blur < 0.5,
        "noisy": camera.noise > 0.04,
        "bright": camera.level > 0.52,
        "dark": camera.level < 0.38,
        "warm": warmth > 0.1,
        "cold": warmth < -0.1,
    }
    return [word for word, holds in facts.items() if holds]


def light_words(view: View) -> str:
    """Where the light comes from, '' if from the front. ``light[0]`` is negative for light from the left of the image."""
    side = "left" if view.light[0] < -0.4 else "right" if view.light[0] > 0.4 else ""
    return f"lit from the {side}" if side else ""


def skin_word(skin: NDArray) -> str:
    """The word of the nearest tone."""
    return SKIN_WORDS[_nearest(skin, SKIN)]


def hair_word(hair: NDArray) -> str:
    """The word of the nearest colour."""
    return HAIR_WORDS[_nearest(hair, HAIR)]


def shirt_words(who: Identity) -> str:
    """Colour of the clothes, 'striped' with many stripes."""
    colour = list(CLOTH_WORDS)[_nearest(who.cloth, np.array(list(CLOTH_WORDS.values())))]
    return "striped" if who.stripes > 3 else colour


def _nearest(colour: NDArray, colours: NDArray) -> int:
    return int(np.square(np.asarray(colours) - colour).sum(1).argmin())

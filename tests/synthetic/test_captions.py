# SPDX-License-Identifier: Apache-2.0
import json
from itertools import pairwise

import numpy as np
import pytest
from mmengine.config import Config
from open_clip import SimpleTokenizer

from flip_mm.synthetic import captions, pairs
from flip_mm.synthetic.cameras import CAMERAS, draw_camera_state
from flip_mm.synthetic.captions import Scene, draw_caption
from flip_mm.synthetic.faces import draw_identity, draw_view
from flip_mm.synthetic.make import make_synthetic

KINDS = tuple(pairs.KINDS)
TASK = {"real", "bonafide", "spoof", "attack", "fake", "printout"}


def scenes(count):
    rng = np.random.default_rng(1)
    for number in range(count):
        camera = draw_camera_state(CAMERAS[pairs.PAIR_CAMERAS[number % 3]], rng)
        yield Scene(KINDS[number % len(KINDS)], draw_identity(rng), draw_view(rng), camera)


def test_every_fact_in_a_caption_is_a_parameter_of_the_scene(monkeypatch):
    monkeypatch.setattr(captions, "TASK_WORDS", 0.2)
    rng, seen = np.random.default_rng(2), set()
    for scene in scenes(1200):
        caption = draw_caption(scene, rng)
        words, who, medium = caption.split(), scene.who, scene.kind.split("_")[0]
        facts = {
            "glasses": who.glasses,
            "beard": who.beard > 0,
            "smiling": scene.view.smile > 0.5,
            "long": who.long_hair,
            "short": not who.long_hair,
            "striped": who.stripes > 3,
            "left": scene.view.light[0] < -0.4,
            "right": scene.view.light[0] > 0.4,
            "paper": medium in ("print", "cut"),
            "printed": medium in ("print", "cut"),
            "printout": medium in ("print", "cut"),
            "screen": medium == "replay",
            "phone": medium == "replay",
            "display": medium == "replay",
            "mask": medium == "mask",
            "holes": medium == "cut",
            "attack": medium != "real",
            "fake": medium != "real",
            "bonafide": medium == "real",
            "blurry": scene.camera.blur > 1.0,
            "cold": scene.camera.balance[0] < scene.camera.balance[2],
        }
        assert [word for word in words if not facts.get(word, True)] == [], (caption, scene)
        for before, after, value in (
            (captions.HAIR_WORDS, "hair", captions.hair_word(who.hair)),
            (captions.SKIN_WORDS, "skinned", captions.skin_word(who.skin)),
        ):
            assert all(word == value for word, noun in pairwise(words) if noun == after and word in before)
        assert ("spoof" in words) <= (medium != "real" or caption.startswith("not a spoof but"))
        assert ("real" in words) <= (medium == "real" or caption.startswith("not a real face but"))
        seen |= facts.keys() & set(words)
    assert seen == facts.keys()


@pytest.mark.parametrize("word", range(5))
def test_the_words_of_colours_are_those_of_the_generator(word):
    for scale in (0.8, 1.0, 1.2):
        assert captions.hair_word(captions.HAIR[word] * scale) == captions.HAIR_WORDS[word]
    assert captions.skin_word(captions.SKIN[word] + 0.02) == captions.SKIN_WORDS[word]


def test_captions_fit_the_text_tower_and_are_no_prompt_of_the_task():
    rng, tokenizer = np.random.default_rng(3), SimpleTokenizer()
    found = [draw_caption(scene, rng) for scene in scenes(400)]
    assert max(len(tokenizer.encode(caption)) for caption in found) + 2 <= 16
    prompts = Config.fromfile("configs/_base_/prompts/ensemble.py").prompts
    assert not {prompt.lower() for own in prompts.values() for prompt in own} & set(found)


def test_shares_of_task_words_and_media():
    rng = np.random.default_rng(4)
    made = [(scene.kind, draw_caption(scene, rng).split()) for scene in scenes(3000)]
    task = np.mean([bool(TASK & set(words)) for _, words in made])
    assert task == pytest.approx(captions.TASK_WORDS, abs=0.01)
    screens = [bool({"screen", "phone", "display"} & set(words)) for kind, words in made if kind == "replay"]
    assert np.mean(screens) == pytest.approx(captions.NAMED_MEDIUM, abs=0.08)
    assert not any({"screen", "paper", "mask"} & set(words) for kind, words in made if kind == "real")


def test_a_pair_depends_on_seed_and_number_only():
    image, texts = pairs.draw_pair(7, 32, 0)
    again, same = pairs.draw_pair(7, 32, 0)
    assert texts == same
    np.testing.assert_array_equal(image, again)
    assert image.shape == (32, 32, 3)
    assert 0 <= image.min() <= image.max() <= 1
    for number, seed in ((8, 0), (7, 1)):
        assert np.abs(image - pairs.draw_pair(number, 32, seed)[0]).mean() > 0.01


def test_a_set_is_the_same_for_any_number_of_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(pairs, "VALIDATION", 4)
    for workers in (1, 2):
        assert make_synthetic(tmp_path / str(workers), "captions", 6, 32, 5, workers) == 10
    files = [{path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")} for root in map(tmp_path.joinpath, "12")]
    assert files[0] == files[1]
    assert {path.as_posix() for path in files[0]} == pairs.planned_pairs(6) - {"synthetic.json.part"}
    train, val = (json.loads((tmp_path / "1" / f"captions_{name}.json").read_text()) for name in ("train", "val"))
    assert [row["image"] for row in val] == [f"images/000/{number:06d}.png" for number in range(6, 10)]
    assert len(train) == 6 * pairs.CAPTIONS_PER_IMAGE
    assert [row["caption"] for row in train[8:12]] == pairs.draw_pair(2, 32, 5)[1]
    assert make_synthetic(tmp_path / "1", "captions", 6, 32, 5, 1) == 0
    with pytest.raises(FileExistsError, match="other settings"):
        make_synthetic(tmp_path / "1", "MCIO", 5, 32, 5, 1)

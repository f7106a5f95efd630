# SPDX-License-Identifier: Apache-2.0
"""The YAML file of a detector."""

import pytest

from flip_mm.qualify.description import description_of, read_description

RIGHT = dict(size=[80, 60], colour="BGR", mean=[0, 0, 0], std=[1, 1, 1], crop="shifted", scale=2.7, live=1, softmax=False)


def test_every_key_arrives():
    found = description_of(
        {**RIGHT, "layout": "NHWC", "output": "logits", "threshold": 1, "name": "Peer", "resize": "pillow-bicubic"}
    )
    (spec,) = found.inputs
    assert (spec.size, spec.colour, spec.mean, spec.std) == ((80, 60), "BGR", (0, 0, 0), (1, 1, 1))
    assert (spec.crop, spec.scale, spec.resize) == ("shifted", 2.7, "pillow-bicubic")
    assert (found.live, found.softmax, found.layout, found.output, found.threshold, found.name) == (
        1,
        False,
        "NHWC",
        "logits",
        1.0,
        "Peer",
    )


def test_one_number_is_a_square_that_is_cropped_at_its_size():
    own = {**RIGHT, "size": 112, "crop": "square", "margin": 0.3}
    del own["scale"]
    (spec,) = description_of(own).inputs
    assert (spec.size, spec.crop_size, spec.margin) == ((112, 112), 112, 0.3)


def test_several_inputs_share_what_they_do_not_say():
    shared = {key: value for key, value in RIGHT.items() if key != "scale"}
    found = description_of({**shared, "inputs": [dict(scale=2.7), dict(scale=4.0, size=64)]})
    assert [(spec.scale, spec.size) for spec in found.inputs] == [(2.7, (80, 60)), (4.0, (64, 64))]


def test_a_callable_needs_no_pixels():
    found = description_of(dict(size=80, crop="whole", live=1, softmax=True), of_callable=True)
    assert found.inputs[0].colour == "RGB"


WRONG = [
    (dict(sise=80), "`sise` is no key, did you mean size?"),
    (dict(size=None), "`size` is missing."),
    (dict(size=[80]), r"size has a wrong value: \(80,\)"),
    (dict(size="big"), "size has a wrong value: 'big'"),
    (dict(size=0), r"size has a wrong value: \(0, 0\)"),
    (dict(size=True), r"size has a wrong value: \(True, True\)"),
    (dict(colour="GBR"), "colour has a wrong value: 'GBR'"),
    (dict(mean=0.5), "mean has a wrong value: 0.5"),
    (dict(mean=[0, 0]), "mean has a wrong value"),
    (dict(std=[0, 1, 1]), "std has a wrong value"),
    (dict(std=["1", 1, 1]), "std has a wrong value"),
    (dict(crop="round"), "`crop` must be square, shifted, whole, got 'round'."),
    (dict(crop=["square"]), "`crop` must be square, shifted, whole"),
    (dict(crop="square"), "`margin` is missing: a square crop needs it."),
    (dict(crop="whole"), "`scale` has no effect on a whole crop: remove it."),
    (dict(margin=0.1), "`margin` has no effect on a shifted crop: remove it."),
    (dict(scale=-1), "scale has a wrong value: -1"),
    (dict(live=None), "`live` is missing: say which output means live"),
    (dict(live="real"), "`live` must be the number of an output, 0 or more, got 'real'."),
    (dict(live=True), "`live` must be the number of an output"),
    (dict(softmax=None), "`softmax` is missing"),
    (dict(softmax="inside"), "`softmax` must be true"),
    (dict(layout="CHW"), "`layout` must be NCHW or NHWC, got 'CHW'."),
    (dict(threshold=50), "`threshold` must be a number in 0..1, got 50."),
    (dict(threshold=float("nan")), "`threshold` must be a number in 0..1, got nan."),
    (dict(output=3), "`output` must be a text, got 3."),
    (dict(inputs=[]), "`inputs` must be a list with the keys of each input."),
    (dict(inputs=[dict(live=1)]), r"`inputs\[0\].live` is no key"),
    (dict(inputs=[{}, dict(crop="x")]), r"`inputs\[1\].crop` must be"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[str(changes) for changes, _ in WRONG])
def test_wrong_keys_and_values(changes, message):
    content = {key: value for key, value in {**RIGHT, **changes}.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        description_of(content)


@pytest.mark.parametrize("key", ["colour", "mean", "layout", "output"])
def test_keys_that_a_callable_does_not_have(key):
    with pytest.raises(ValueError, match=f"`{key}` has no effect on a Python callable"):
        description_of(dict(size=80, crop="whole", live=1, softmax=True) | {key: RIGHT.get(key, "x")}, of_callable=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it holds no keys"),
        ("- 1", "it holds no keys"),
        ("a: [", "is no YAML"),
        ("size: !!python/object/apply:os.system [touch trap]", "is no YAML"),
        ("size: 80\nsize: 80\nlive: 1", "`crop` is missing"),
    ],
)
def test_files_that_are_no_description(tmp_path, text, message):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as raised:
        read_description(path)
    assert str(path) in str(raised.value)
    assert not (tmp_path / "trap").exists()

# SPDX-License-Identifier: Apache-2.0
"""From records to the report, through the command."""

import json

import pytest
from fixtures.nested import put

from flip_mm.apis.published_recipe import published_recipe
from flip_mm.reproduction.compare import DRAWN, compare


def report(*places, **options):
    return compare(*places, settings_of=published_recipe, **options)


def test_the_published_recipe_in_three_formats(make_published, write_records, run_command):
    hters = dict(M=4.9, C=0.5, I=4.3, O=2.3)
    records = [make_published(seed, hter + seed / 10, target) for target, hter in hters.items() for seed in range(5)]
    folder = write_records(*records)
    code, out, err = run_command("compare", folder, "--format", "json")
    assert (code, err) == (0, "")
    (method,) = json.loads(out)["methods"]
    assert (method["method"], method["reference"]) == ("flip_mcl_p1", "flip_mcl_p1")
    rows = {(row["run"], row["metric"]): row for row in method["results"]}
    assert rows["ICM->O", "HTER"]["published"] == 2.31
    assert rows["ICM->O", "HTER"]["difference"] == pytest.approx(0.19)
    assert rows["average", "HTER"]["within_spread"] is True
    assert {check["severity"] for check in method["checks"]} == {"same"}
    assert method["verdict"].startswith("Within the spread of your seeds on M, C, I, O. The records show no difference")
    for form, words in dict(terminal="| ICM->O", markdown="| ICM->O | HTER | 2.50 +- 0.16 | 5 | 2.31 | +0.19 worse |").items():
        code, out, _ = run_command("compare", folder, "--format", form)
        assert code == 0
        assert words in out
        assert "Verdict: Within the spread of your seeds on M, C, I, O." in out
        assert "t(0.975, n - 1)" in out


def test_each_variant_of_a_config_is_its_own_report(make_published, write_records):
    other = make_published(1, hter=3.0)
    put(other, ("config", "settings", "optim_wrapper", "type"), "Bf16OptimWrapper")
    put(other, ("config", "sha256"), "other")
    found = report(write_records(make_published(), other)).methods
    assert [method.details for method in found] == ["settings settings", "settings other"]
    assert "trained in bfloat16" in found[1].verdict
    assert "bfloat16" not in found[0].verdict


@pytest.mark.parametrize(
    ("config", "reference", "expected"),
    [
        ("mine.py", "", "flip_mcl_p1"),
        ("mine.py", "flip_it_p1", "flip_it_p1"),
        ("flip_it_p1_prompts-p1.py", "", "flip_it_p1_prompts-p1"),
    ],
)
def test_the_published_config(config, reference, expected, make_published, write_records):
    record = make_published()
    put(record, ("config", "name"), config)
    (method,) = report(write_records(record), reference=reference).methods
    assert method.reference == expected


def test_a_method_without_published_values(make_published, write_records):
    record = make_published()
    put(record, ("config", "name"), "erm_r18_p1.py")
    put(record, ("config", "settings", "model", "head", "type"), "LinearClsHead")
    (method,) = report(write_records(record)).methods
    assert (method.reference, method.checks) == ("", ())
    assert method.verdict == "No result can be compared: no published HTER of this method."


def test_synthetic_images_are_named_first(make_published, write_records):
    record = make_published()
    put(record, ("data", "val", "O", "synthetic"), True)
    (method,) = report(write_records(record)).methods
    assert (
        method.verdict
        == "The images are synthetic: a comparison with published values means nothing. What differs: 1 seed instead of 5."
    )
    assert {(row.published, row.reason) for row in method.rows} == {(None, DRAWN)}


def test_prose_is_wrapped_and_a_reason_of_all_rows_is_printed_once(make_published, write_records, run_command):
    record = make_published()
    put(record, ("data", "val", "O", "synthetic"), True)
    _, out, _ = run_command("compare", write_records(record))
    assert max(map(len, out.splitlines())) <= 128
    assert f"- All rows: {DRAWN}." in " ".join(out.split())


@pytest.mark.parametrize(
    ("hardware", "device"), [(dict(devices=["CPU", "CPU"]), ", device CPU"), (dict(devices=3), ""), ([1], ""), (None, "")]
)
def test_versions_and_devices_are_information(hardware, device, make_published, write_records):
    (method,) = report(write_records(make_published() | dict(hardware=hardware))).methods
    assert method.information == f"flip_mm 0.3.0, torch 2.14.1{device}"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("config", "settings"), [1]),
        (("run", "aux"), 3),
        (("weights",), [dict(source="model.backbone.pretrained", sha256=5)]),
        (("data", "train", "I", "faces"), [1]),
        (("data", "train", "I", "lists", "replay_real_train.txt"), dict(sha256="0", lines="many")),
        (("data", "val", "O", "videos"), "all"),
    ],
)
def test_damaged_fields_are_problems_of_their_file(place, value, make_published, write_records):
    damaged = make_published(1)
    put(damaged, place, value)
    found = report(write_records(make_published(), damaged))
    assert [row.seeds for row in found.methods[0].rows] == [(0,)] * 3
    (problem,) = found.problems
    assert "1/record.json': this is no record of a run (" in problem


def test_a_training_of_this_package(trained, small_vocabulary, run_command):
    code, out, err = run_command("compare", trained[1].parent, "--format", "json")
    assert (code, err) == (0, "")
    (method,) = json.loads(out)["methods"]
    assert (method["method"], method["reference"]) == ("tiny_p1", "flip_mcl_p1")
    row = method["results"][0]
    assert (row["run"], row["metric"], row["seeds"], row["published"]) == ("ICM->O", "HTER", [0], None)
    assert 0 <= row["test_set"][0] <= row["mean"] <= row["test_set"][1] <= 100
    found = {check["what"]: (check["ours"], check["published"]) for check in method["checks"]}
    assert found["iterations"] == ("4", "4000")
    assert found["batch per stream"] == ("1", "3")
    assert found["initial weights"] == ("random", "tag openai")
    assert found["images"] == ("synthetic", "recorded faces")
    assert found["fused optimizer"] == ("yes", "no")
    assert found["auxiliary training data"][0] == "CelebA-Spoof"
    assert method["verdict"].startswith("The images are synthetic")


def test_words_from_files_cannot_write_to_the_terminal(make_published, write_records, run_command):
    record = make_published()
    put(record, ("config", "name"), "a\x1b[2J[bold]b|c.py")
    put(record, ("config", "settings", "model", "frozen"), ["x\x1b[2J[red]"])
    folder = write_records(record)
    for form in ("terminal", "markdown", "json"):
        code, out, _ = run_command("compare", folder, "--format", form)
        assert code == 0
        assert "\x1b" not in out

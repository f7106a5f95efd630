# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
import yaml

from flip_mm.datasets.protocols import RUNS, Run
from flip_mm.tables.forms import FORMS
from flip_mm.tables.methods import GRADES, methods
from flip_mm.tables.published_rows import FOLDER, find_published, published_rows, published_runs

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = {path.stem for path in CONFIGS.rglob("*.py")}
# Our names of runs -> those in the paper, where they differ: C is CASIA.
RUN_NAMES = {"CeFA+S->W": "CS->W", "SW->CeFA": "SW->C", "CeFA+W->S": "CW->S"}


def test_values_are_those_of_the_paper():
    assert [sum(row.table == number for row in published_rows()) for number in range(2, 8)] == [20, 6, 13, 4, 7, 5]
    row = find_published("flip_mcl_p2", "p2")
    assert (row.table, row.method, row.average, row.values["CeFA+S->W"]) == (
        3,
        "FLIP-MCL",
        {"HTER": 8.61},
        {"HTER": 4.46, "AUC": 99.16, "TPR@FPR=1%": 83.86},
    )
    assert find_published("flip_it_p3", "p3").values["M->C"] == {"HTER": 0.19}
    assert find_published("flip_mcl_p1_weights-1-5-5", "p1").average == {"HTER": 3.67}
    assert find_published("flip_it_p1_prompts-p6", "p1").source == "FLIP, ICCV 2023, table 6"
    # The same training is a row of two tables.
    assert [find_published("flip_it_p1", "p1", form=form).method for form in (None, "prompts")] == ["FLIP-IT", "Ensemble"]
    assert find_published("flip_mcl_p1", "p1", shots=5) is find_published("flip_mcl_p1", "p2") is None


def test_runs_and_configs_exist():
    for row in published_rows():
        names = {Run(row.protocol, sources, (), target).name for sources, target in RUNS[row.protocol]}
        assert row.form in FORMS
        assert row.values.keys() <= names
        assert set(published_runs(row.form)) in (names, set())
        assert {*row.configs} <= SHIPPED


def test_the_model_index_quotes_the_same_values():
    models = yaml.safe_load((CONFIGS / "metafile.yml").read_text(encoding="utf-8"))["Models"]
    quoted = {model["Name"]: model["Results"] for model in models if "Results" in model}
    expected = {}
    for row in (row for row in published_rows() if row.table < 5):
        for name in row.configs:
            shots = f", {row.shots}-shot" if row.shots else ""
            own = {f"{RUN_NAMES.get(run, run)}{shots}": values for run, values in row.values.items()}
            expected.setdefault(name, {}).update(own)
    found = {name: {result["Dataset"]: result["Metrics"] for result in results} for name, results in quoted.items()}
    assert found == expected


def test_the_model_index_has_all_methods_with_their_marks():
    index = yaml.safe_load((CONFIGS / "metafile.yml").read_text(encoding="utf-8"))
    of_model = {model["Name"]: model["In Collection"] for model in index["Models"]}
    collections = {collection["Name"]: collection for collection in index["Collections"]}
    for name in methods():
        method, own = methods()[name], collections[of_model[name]]
        metadata = own["Metadata"]
        assert method.title.startswith(own["Name"])
        assert own["Paper"]["Title"].endswith(str(metadata["Year"]))
        assert metadata["Grade"] == f"{method.grade}: {GRADES[method.grade]}"
        saw = "in the test" if method.test_time else method.unlabelled or "no"
        assert (saw in metadata["Saw Target Images"], metadata["Needs Depth Maps"], metadata["CelebA-Spoof"]) == (
            True,
            method.depth,
            method.aux,
        )


def test_printed_averages_that_are_no_averages_are_noted():
    found = {
        (row.table, row.method, row.shots): row.average_note("HTER") for row in published_rows() if row.average_note("HTER")
    }
    divided = "the mean of the 3 printed values is {} (the sum of 3 values was divided by 4)"
    assert found == {
        (2, "SSAN-R (CVPR'22)", 0): "printed as 9.80; the mean of the 4 printed values is 9.82",
        (2, "PatchNet (CVPR'22)", 0): "printed as 10.90; the mean of the 4 printed values is 10.91",
        (2, "ViTAF* (ECCV'22)", 5): "printed as 3.31; the mean of the 4 printed values is 2.84",
        (3, "ViT (ECCV'22)", 5): f"printed as 6.06; {divided.format('8.08')}",
        (3, "ViTAF* (ECCV'22)", 5): f"printed as 5.12; {divided.format('6.84')}",
        (5, "Scratch", 0): "printed as 25.86; the mean of the 4 printed values is 26.83",
        (5, "BEiT", 0): "printed as 8.70; the mean of the 4 printed values is 10.32",
    }


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("form", None, "table must have the keys paper, table, form, protocol, rows"),
        ("table", "2", "table.table must be int, got '2'"),
        ("rows.0.method", 3, r"rows\[0\].method must be str, got 3"),
        ("rows.0.shots", None, r"rows\[0\] must have the keys method, shots, configs"),
        ("rows.0.values.OCI->M", 3, r"rows\[0\], OCI->M: values must be numbers in 0..100, got 3"),
        ("rows.0.values.OCI->M.HTER", 101, r"rows\[0\], OCI->M: values must be numbers in 0..100"),
        ("rows.0.average.HTER", "3", r"rows\[0\], average: values must be numbers"),
        ("rows.1", [], r"rows\[1\] must have the keys"),
    ],
)
def test_wrong_data_are_refused(tmp_path, place, value, message):
    content = json.loads((FOLDER / "table2.json").read_text(encoding="utf-8"))
    *path, last = [int(name) if name.isdigit() else name for name in place.split(".")]
    part = content
    for name in path:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    (tmp_path / "table2.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"table2\.json': {message}"):
        published_rows(tmp_path)

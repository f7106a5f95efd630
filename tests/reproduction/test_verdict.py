# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.reproduction.checklist import Check
from flip_mm.reproduction.finding import DATA, METHOD, ROUNDING, SAME, UNKNOWN, Finding
from flip_mm.reproduction.rows import Row
from flip_mm.reproduction.verdict import SYNTHETIC, verdict

LISTS = Check(Finding(DATA, "test lists of O", "a", "b", "your test lists miss 12 videos of O"), ("ICM->O",))
BF16 = Check(Finding(ROUNDING, "precision", "a", "b", "text tower trained in bf16"))
ITERATIONS = Check(Finding(METHOD, "iterations", "8", "9"))
FACES = Check(Finding(UNKNOWN, "face detector", "", "", "face detector not recorded"))
FACES_OF_O = Check(Finding(UNKNOWN, "face detector of O", "", "", "face detector of O not recorded"))
EQUAL = Check(Finding(SAME, "optimizer", "Adam", "Adam"))


def row(run, mean, published, spread, sample=None):
    return Row(run, "HTER", (0, 1), (mean - 0.1, mean + 0.1), published, "", spread, sample)


@pytest.mark.parametrize(
    ("rows", "checks", "expected"),
    [
        (
            [row("OCI->M", 5.0, 4.95, (4, 6)), row("OMI->C", 0.5, 0.54, (0, 1)), row("ICM->O", 4.4, 2.3, (4, 5), (3, 6))],
            [LISTS, ITERATIONS, BF16, FACES, EQUAL],
            "2.1 points worse on O (HTER 4.40 +- 0.14, published 2.30), outside the spread of your 2 seeds, outside the "
            "interval of the test set; within the spread of your seeds on M, C. What differs: your test lists miss 12 "
            "videos of O (ICM->O); iterations 8 instead of 9. Differences that change only rounding: text tower "
            "trained in bf16. Unknown: face detector not recorded.",
        ),
        (
            [row("C->I", 9.0, 10.57, (0, 20), (8, 12))],
            [EQUAL],
            "1.6 points better on C->I (HTER 9.00 +- 0.14, published 10.57), within the spread of your 2 seeds, within the "
            "interval of the test set. The records show no difference from the published recipe that changes method, data or "
            "measurement.",
        ),
        (
            [Row("ICM->O", "HTER", (0,), (2.5,), 2.31)],
            [],
            "0.2 points worse on O (HTER 2.50, published 2.31), spread unknown with 1 seed.",
        ),
        ([Row("ICM->O", "HTER", (), (), 2.31, "stopped at 4 of 8")], [], "No result can be compared: stopped at 4 of 8."),
    ],
)
def test_verdicts(rows, checks, expected):
    assert verdict(rows, checks, False) == expected


def test_synthetic_images_and_other_test_sets_come_first():
    assert verdict([row("ICM->O", 2.3, 2.31, (2, 3))], [], True).startswith(
        "The images are synthetic: a comparison with published"
    )
    synthetic = Check(Finding(DATA, "images", "synthetic", "recorded faces", "synthetic images"))
    assert (
        verdict([], [LISTS, synthetic, ITERATIONS, FACES_OF_O], True) == f"{SYNTHETIC} What differs: iterations 8 instead of 9."
    )
    other = Check(Finding(DATA, "test lists of O", "", "", "another test set of O (160 videos instead of 3580)"))
    assert verdict([row("ICM->O", 2.3, 2.31, (2, 3))], [other], False).startswith("The test set is another one")


def test_many_differences_are_counted():
    text = verdict([], [Check(Finding(METHOD, f"setting {number}", "1", "2")) for number in range(20)], False)
    assert "setting 5 1 instead of 2; and 14 more." in text

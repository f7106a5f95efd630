# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.preparation.conversion_summary import print_shares, print_uncertain_boxes
from flip_mm.preparation.convert_recordings import ConversionResult
from flip_mm.preparation.manifest import ManifestRow


@pytest.mark.parametrize(
    ("spoof", "published", "text"),
    [
        (
            (9, 10),
            True,
            "WARNING: 10% of the spoof recordings are lost, many more than of the other class. The data",
        ),
        ((9, 10), False, "other class. The shares of your classes have changed: see docs/faces.md"),
        ((10, 10), True, ""),
    ],
)
def test_one_class_lost_many_more(spoof, published, text, capsys):
    print_shares(ConversionResult(shares=dict(real=(10, 10), spoof=spoof)), published)
    printed = capsys.readouterr().out
    assert text in printed
    assert ("WARNING" in printed) is bool(text)


def test_uncertain_boxes_are_counted(capsys):
    rows = [
        ManifestRow(*[""] * len(ManifestRow._fields))._replace(uncertain=text)
        for text in ("", "no_landmarks", "no_landmarks second_face")
    ]
    print_uncertain_boxes(rows)
    assert capsys.readouterr().out == (
        "2 of 3 images have an uncertain face box (no landmarks: 2, second face: 1): check them in faces.html.\n"
    )
    print_uncertain_boxes(rows[:1])
    assert capsys.readouterr().out == ""

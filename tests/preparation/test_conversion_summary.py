# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.preparation.conversion_summary import print_shares
from flip_mm.preparation.convert_recordings import ConversionResult


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

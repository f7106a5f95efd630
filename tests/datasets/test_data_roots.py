# SPDX-License-Identifier: Apache-2.0
"""One data root or several."""

from pathlib import Path

import pytest

from flip_mm.datasets.data_roots import DataRoots, parse_roots, root_of
from flip_mm.datasets.lists import list_path
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.evaluation.mistakes import Mistake
from flip_mm.visualization.mistake_pictures import mistake_pictures


def test_a_plain_path_is_one_data_root(tmp_path):
    assert parse_roots("data/MCIO") == Path("data/MCIO")
    # A folder with such a name was a data root before.
    folder = tmp_path / "a=b,c=d"
    folder.mkdir()
    assert parse_roots(str(folder)) == folder
    assert root_of(folder, "M") == root_of(str(folder), "W") == folder


def test_each_domain_has_its_data_root(shared_mcio, shared_wcs):
    roots = parse_roots(f"MCIO={shared_mcio},WCS={shared_wcs},celeba={shared_wcs}")
    assert isinstance(roots, DataRoots)
    found = {domain: roots.of(domain) for domain in ("M", "C", "I", "O", "W", "CeFA", "S", "CelebA")}
    assert [domain for domain, folder in found.items() if folder == shared_mcio] == ["M", "C", "I", "O"]
    assert {found[domain] for domain in ("W", "CeFA", "S", "CelebA")} == {shared_wcs}
    assert list_path(roots, "S", "real", "test") == shared_wcs / "txt/surf_real_test.txt"
    assert manifest_path(roots, "M") == shared_mcio / "preparation/msu/manifest.csv"
    assert parse_roots(str(roots)).folders == roots.folders


def test_a_path_may_contain_commas_and_equals_signs(tmp_path):
    odd = tmp_path / "a, b=c"
    (odd / "txt").mkdir(parents=True)
    assert parse_roots(f"X={odd},Y={odd}").folders == {"X": odd, "Y": odd}


def test_pictures_of_mistakes_come_from_the_data_root_of_their_domain(shared_mcio, shared_wcs):
    roots = f"MCIO={shared_mcio},WCS={shared_wcs}"
    files = {"M": next((shared_mcio / "frame/msu").rglob("*.png")), "W": next((shared_wcs / "frame/wmca").rglob("*.jpg"))}
    for domain, path in files.items():
        (picture,) = mistake_pictures([Mistake(path.as_posix(), "", domain, "bonafide", 0.1)], roots)
        assert picture.source, picture.detail


@pytest.mark.parametrize("text", ["MCIO=", "MCIO=/none,WCS="])
def test_a_name_without_a_folder(text):
    with pytest.raises(ValueError, match="names no folder; write NAME=PATH,NAME=PATH"):
        parse_roots(text)

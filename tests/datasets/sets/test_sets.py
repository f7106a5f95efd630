# SPDX-License-Identifier: Apache-2.0
"""The records of the data sets."""

import re
from pathlib import Path

import pytest

from flip_mm.datasets import sets
from flip_mm.datasets.frame_name import ENDINGS
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS, RUNS, TESTED
from flip_mm.datasets.sets import DATA_SETS, FILES
from flip_mm.faces.annotations import PARSERS


def test_every_file_is_a_data_set():
    folder = Path(sets.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == {*FILES}
    assert len(FILES) == len(DATA_SETS) == len({own.name for own in DATA_SETS.values()})
    assert len({own.stem for own in DATA_SETS.values()}) == len(DATA_SETS)


def test_tables_of_protocols_follow_in_their_order():
    # Domains are numbered in this order: the synthetic set draws its people by it.
    # New data sets follow at the end.
    assert list(DOMAINS.items())[:12] == [
        ("M", "msu"),
        ("C", "casia"),
        ("I", "replay"),
        ("O", "oulu"),
        ("CelebA", "celeb"),
        ("W", "wmca"),
        ("CeFA", "cefa"),
        ("S", "surf"),
        ("SiW", "siw"),
        ("SiW-Mv2", "siwmv2"),
        ("3DMAD", "3dmad"),
        ("HiFiMask", "hifimask"),
    ]
    assert [domain for domain in DOMAINS if DATA_SETS[domain].lists.test != "none"] == TESTED
    assert {*[*DOMAINS][:12]} - {*TESTED} == {"CelebA"}
    assert [domain for domain in [*DOMAINS][:12] if not DATA_SETS[domain].intra] == ["W", "HiFiMask"]
    assert [target for _, target in RUNS["intra"]] == [domain for domain in TESTED if DATA_SETS[domain].intra]
    assert [target for _, target in RUNS["celeba"]] == TESTED


@pytest.mark.parametrize("own", DATA_SETS.values(), ids=lambda own: own.name)
def test_a_record_is_whole(own):
    assert own.frames in ENDINGS
    assert own.paper
    assert own.layout.startswith("RAW[/...]/")
    assert own.scan
    assert own.annotations in ("", *PARSERS)
    assert {*own.lines} <= {f"{word}_{split}" for word in ("real", "fake") for split in ("train", "test")}
    published = any(own.domain in layout for layout in LAYOUTS.values())
    assert published == bool(own.lines) == bool(own.synthetic)
    assert own.pattern.pattern.startswith(f"^{re.escape(own.stem)}/")


@pytest.mark.parametrize("own", DATA_SETS.values(), ids=lambda own: own.name)
def test_the_docs_say_where_a_data_set_is_requested(own):
    page = (Path(__file__).parents[3] / "docs/data_privacy.md").read_text(encoding="utf-8")
    assert f"]({own.source})" in page, f"add a row for {own.title} to docs/data_privacy.md, with a link to {own.source}"

# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import pytest

from flip_mm.datasets import holdout
from flip_mm.datasets.lists import Entry
from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.parsed_lines import Tables, pack_entries


def videos(real, spoof, subjects):
    """real + spoof videos spread over subjects."""
    return dict(
        real={f"r{i}": f"subject {i % subjects}" for i in range(real)},
        spoof={f"s{i}": f"subject {i % subjects}" for i in range(spoof)},
    )


def held_out_units(domain, videos, share):
    return holdout.held_out_units(domain, {name: Counter(units.values()) for name, units in videos.items()}, share)


def units(domain, line):
    tables = Tables()
    lines = pack_entries([Entry(line, parse_name(domain, line))], tables)
    return holdout.unit_sizes(lines, list(tables.subjects))


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.7])
def test_every_class_gives_its_share_and_no_more_than_a_subject_beyond(share):
    own = videos(real=40, spoof=120, subjects=20)
    chosen = held_out_units("M", own, share)
    for part, per_subject in ((own["real"], 2), (own["spoof"], 6)):
        held = sum(u in chosen for u in part.values())
        assert share * len(part) <= held < share * len(part) + per_subject


def test_the_choice_depends_only_on_names_and_grows_with_the_share():
    own = videos(real=40, spoof=40, subjects=40)
    turned = {name: dict(reversed(part.items())) for name, part in reversed(own.items())}
    assert held_out_units("M", own, 0.2) == held_out_units("M", turned, 0.2) < held_out_units("M", own, 0.3)
    assert held_out_units("M", own, 0.2) != held_out_units("C", own, 0.2)
    assert held_out_units("M", own, 0) == set()


def test_a_class_without_training_videos_is_refused():
    with pytest.raises(ValueError, match=r"run.holdout=0.1 leaves no real videos of domain M .* its 3 belong to 1 subject"):
        held_out_units("M", videos(real=3, spoof=3, subjects=1), 0.1)


def test_units_are_subjects_or_videos():
    assert units("O", "oulu/test/fake/1_2_07_3_frame0.png") == {"subject 07": 1}
    line = "surf/test/real/Val_0007_007243-color.jpg"
    assert units("S", line) == {parse_name("S", line).video_id: 1}

# SPDX-License-Identifier: Apache-2.0
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flip_mm.evaluation.frame_store import NUMBERS, TEXTS, Frames, FrameStore


def stored(rows):
    store = FrameStore()
    for index, label, score, *texts in rows:
        store.append(index, label, score, texts)
    assert len(store) == len(rows)
    return store.frames()


def rows_of(frames):
    columns = [getattr(frames, name).tolist() for name in NUMBERS] + [getattr(frames, name).texts().tolist() for name in TEXTS]
    return list(zip(*columns, strict=True))


def row(index, role="target", file="f", score=0.5):
    return index, index % 2, score, role, file, f"v{index}", "", "O", "print"


ODD = ["a", "", "\u00e4/\u202e", "caf\udce9", "zwei\nzeilen", "\x00", '"']


def test_all_digits_and_characters_are_sent():
    rows = [(2**62 + i, 1, 0.1 + i / 3, text, text, "v", text, "", "x") for i, text in enumerate(ODD)]
    assert rows_of(Frames.from_bytes(stored(rows).to_bytes())) == rows
    assert rows_of(Frames.from_bytes(stored([]).to_bytes())) == []
    parts = [Frames.from_bytes(stored(part).to_bytes()) for part in (rows[:3], [], rows[3:], rows[:1])]
    assert rows_of(Frames.joined(parts)) == rows + rows[:1]


def test_texts_are_sent_once():
    many = stored([row(i, file=f"f{i % 7}") for i in range(10_000)])
    assert len(many.to_bytes()) < 10_000 * (3 * 8 + len(TEXTS) * 4 + 8) + 100_000


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["dev", "target"]), st.sampled_from("abcdef")), max_size=20))
def test_order_and_repeated_frames(keys):
    rows = [row(*key, score=number / 32) for number, key in enumerate(keys)]
    want = {}
    for one in sorted(rows, key=lambda one: (one[0], one[3], one[4])):
        want.setdefault(one[3:5], one)
    assert rows_of(stored(rows).in_order()) == list(want.values())


def test_a_cleared_store_is_empty():
    store = FrameStore()
    store.append(0, 1, 0.5, row(0)[3:])
    before = store.frames()
    store.clear()
    assert (len(store), len(store.frames()), len(before)) == (0, 0, 1)
    assert np.array_equal(before.score, [0.5])

# SPDX-License-Identifier: Apache-2.0
import io
import sys

from flip_mm.apis.output import SafeStream
from flip_mm.inference import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_for_terminals(monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    for stream, has_bar in [(io.StringIO(), False), (Terminal(), True), (None, False)]:
        monkeypatch.setattr(sys, "stderr", stream and SafeStream(stream, bars=True))
        assert list(progress.with_progress(range(3), 3)) == [0, 1, 2]
        assert stream is None or (("3 pictures" in stream.getvalue() or "/3" in stream.getvalue()) == has_bar)
        assert stream is None or "\\x" not in stream.getvalue()


def test_short_inputs_have_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(progress.with_progress(range(3))) == [0, 1, 2]
    assert "pictures" not in sys.stderr.getvalue()


def test_without_tqdm_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress.with_progress(range(3))) == [0, 1, 2]

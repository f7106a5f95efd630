# SPDX-License-Identifier: Apache-2.0
import errno
import multiprocessing
import os
import re
from pathlib import Path

import pytest

from flip_mm.evaluation import EvaluationOptions, ScoreTable, make_reports, write_scores
from flip_mm.preparation import places
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import write_video
from flip_mm.utils.files import is_special, read_utf8, write_file, write_text
from flip_mm.visualization import plot_report
from flip_mm.visualization.html_page import write_page


def test_text_is_utf_8_with_or_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffä\r\nb".encode())
    assert read_utf8(path) == "ä\r\nb"
    path.write_bytes(b"a\nb\xe9\n")
    with pytest.raises(ValueError, match=r"t\.csv', line 2: this is not UTF-8 text .*Save it as UTF-8"):
        read_utf8(path)


def test_a_fault_in_the_parts_of_a_file_leaves_the_old_file(tmp_path):
    def parts():
        yield b"new"
        yield "\udcff".encode()

    write_text(tmp_path / "a.csv", "old")
    with pytest.raises(UnicodeEncodeError):
        write_file(tmp_path / "a.csv", parts())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    pipe, link, file = (tmp_path / name for name in ("pipe", "link", "file"))
    os.mkfifo(pipe)
    link.symlink_to("/proc/self/fd/1")
    for path in (pipe, link):
        with pytest.raises(OSError, match="this is a device or a pipe and would be replaced"):
            write_text(path, "new")
    assert (pipe.is_fifo(), link.is_symlink()) == (True, True)
    file.write_text("old")
    write_text(file, "new")
    assert (is_special(Path("/dev/null")), is_special(tmp_path), file.read_text()) == (True, False, "new")


def _report():
    rows = [(f"{i}.png", f"v{i}", "", "O", "bonafide" if i % 2 else "print", i % 2, i / 10) for i in range(10)]
    return make_reports(dict(target=ScoreTable.from_frames(rows)), EvaluationOptions())["target"]


WRITERS = {
    "a text": ("a.csv", lambda path, _: write_text(path, "x" * 2000)),
    "scores": ("a.csv", lambda path, _: write_scores(_report().samples, path)),
    "a plot": ("roc_target.png", lambda path, _: plot_report(_report(), path.parent, "target")),
    "a page": ("a.html", lambda path, _: write_page("base.html", path, title="x" * 2000)),
    "the method": ("method.png", lambda path, load_tool: load_tool("analysis_tools/draw_method.py").draw(path)),
    "an image of a conversion": ("a.png", lambda path, _: places.write_file(path, bytes(2000))),
    "a synthetic image": ("frame/a.jpg", lambda path, _: _draw(path.parents[1])),
}


def _draw(out):
    write_video((Video("M", 3, "real", "a", (".jpg",)), 0), out, size=64, seed=0)


@pytest.mark.parametrize(("name", "write"), WRITERS.values(), ids=WRITERS)
def test_a_full_disk_leaves_no_half_file_and_names_it(name, write, full_disk, load_tool, tmp_path):
    path = tmp_path / name
    with full_disk(300), pytest.raises(OSError, match=f"File too large: '{re.escape(str(path))}' was not written") as error:
        write(path, load_tool)
    assert error.value.errno == errno.EFBIG
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    # What is written otherwise is longer than the limit.
    write(path, load_tool)
    assert path.stat().st_size > 300


def test_two_processes_that_write_the_same_file(tmp_path):
    path = tmp_path / "a.csv"

    def parts():
        yield b"first "
        other = multiprocessing.get_context("fork").Process(target=write_file, args=(path, b"of another process", "", True))
        other.start()
        other.join()
        assert path.read_bytes() == b"of another process"
        yield b"second"

    write_file(path, parts(), shared=True)
    assert path.read_bytes() == b"first second"
    assert list(tmp_path.iterdir()) == [path]

# SPDX-License-Identifier: Apache-2.0
"""Text from files and file names cannot control the terminal."""

import io
import logging
import os
import re
import sys

import numpy as np
import pytest
from mmengine.logging import MMLogger, print_log
from PIL import Image
from tqdm import tqdm

from flip_mm.apis import run_main
from flip_mm.apis.output import SafeStream, protect_output

EVIL = "\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp\u2066\u200f"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(autouse=True)
def factory():
    """Log records are as they were when a test is over."""
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def as_tool(run_tool, capsys):
    """as_tool(path, *arguments): what a tool prints, when it ends as tools end."""

    def run(path, *arguments):
        run_main(lambda: run_tool(path, *arguments))
        return "".join(capsys.readouterr())

    return run


def test_a_stream_keeps_safe_text():
    raw = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    stream = SafeStream(raw)
    assert stream.write(f"{EVIL}\n") == len(EVIL) + 1
    stream.writelines(["zwölf\r\n", "\tx"])
    stream.flush()
    assert stream.buffer.getvalue() == (
        rb"\x1b[2J\x1b]0;title\x07\x9b31m\u202egnp\u2066\u200f" + b"\n" + rb"zw\xf6lf" + b"\r\n\tx"
    )
    assert (stream.encoding, stream.isatty()) == ("ascii", False)


def test_a_progress_bar_is_drawn():
    raw = io.StringIO()
    for _ in tqdm(range(3), file=SafeStream(raw, bars=True), mininterval=0, desc="x"):
        pass
    assert raw.getvalue().startswith("\rx:   0%|")
    assert "\\" not in raw.getvalue()


def test_names_do_not_start_a_new_line():
    raw = io.StringIO()
    print("bad", "\rgood", file=SafeStream(raw))
    print("bad \rgood", file=SafeStream(raw, bars=True))
    assert raw.getvalue() == "bad \\rgood\n" * 2


def test_colours_of_a_log_level_stay(monkeypatch):
    monkeypatch.setattr("mmengine.logging.logger.colored", lambda text, *_, **__: f"\x1b[4m\x1b[33m{text}\x1b[0m")
    raw = io.StringIO()
    monkeypatch.setattr(sys, "stdout", raw)
    protect_output()
    MMLogger("test_output_colours").warning(f"\x1b[31mred {EVIL}")
    assert re.search(r"- (\x1b\[\d+m)+WARNING\x1b\[0m - \\x1b\[31mred \\x1b\[2J", raw.getvalue())
    assert not STEERS.search(re.sub(r"(\x1b\[\d+m)+WARNING\x1b\[0m", "", raw.getvalue()))


def test_log_files_are_safe(tmp_path):
    protect_output()
    protect_output()
    logger = MMLogger("test_output_file", log_file=str(tmp_path / "a.log"))
    print_log(f"100 % {EVIL}", logger=logger)
    logger.info("%s of %d", EVIL, 3)
    text = (tmp_path / "a.log").read_text(encoding="utf-8")
    assert not STEERS.search(text)
    assert text.count("\\u202egnp") == 2
    assert "of 3" in text


def test_a_log_call_with_wrong_arguments_stops_nothing():
    protect_output()
    record = logging.getLogger("a").makeRecord("a", logging.WARNING, "a.py", 1, "%d", ("no number",), None)
    assert (record.msg, record.args) == ("%d", ("no number",))


def test_python_prints_no_colours(monkeypatch):
    monkeypatch.setenv("PYTHON_COLORS", "1")
    protect_output()
    assert os.environ["PYTHON_COLORS"] == "1", "as the user wants it"
    monkeypatch.delenv("PYTHON_COLORS")
    protect_output()
    assert os.environ["PYTHON_COLORS"] == "0"


def test_the_message_of_a_bug(capsys):
    def fault():
        return {}[EVIL]

    assert run_main(fault) == 1
    assert not STEERS.search("".join(capsys.readouterr()))


def score_file(tmp_path, as_tool):
    path = tmp_path / "s.csv"
    rows = [f"{EVIL}{i},{EVIL}v{i},,O,{('bonafide', f'print{EVIL}')[i % 2]},{1 - i % 2},0.{i}" for i in range(8)]
    path.write_text("\n".join(["file,video,subject,domain,attack_type,label,score", *rows]), encoding="utf-8")
    return as_tool("analysis_tools/evaluate_scores.py", path, "--dev", path) + as_tool(
        "analysis_tools/evaluate_scores.py", path
    )


def broken_score_file(tmp_path, as_tool):
    path = tmp_path / f"{EVIL[1:]}.csv"
    path.write_text(f"file,video,subject,domain,attack_type,label,score\n{EVIL},v,,O,print,{EVIL},1", encoding="utf-8")
    return as_tool("analysis_tools/evaluate_scores.py", path)


def list_line(tmp_path, as_tool):
    (tmp_path / "txt").mkdir()
    (tmp_path / "frame").mkdir()
    (tmp_path / "txt/msu_real_train.txt").write_text(EVIL, encoding="utf-8")
    (tmp_path / "txt" / f"{EVIL}.txt").touch()
    text = as_tool("analysis_tools/check_dataset.py", tmp_path, "--html", tmp_path / "a.html")
    return text + (tmp_path / "a.html").read_text(encoding="utf-8")


def list_of_a_training(tmp_path, as_tool):
    (tmp_path / "txt").mkdir()
    for name in ("casia", "replay", "oulu", "celeb", "msu"):
        for kind in ("real_train", "fake_train", "real_test", "fake_test"):
            (tmp_path / f"txt/{name}_{kind}.txt").write_text(EVIL, encoding="utf-8")
    return as_tool("analysis_tools/print_run.py", "flip_v_p1", "--data-root", tmp_path, "--target", "M")


def names_in_a_table(tmp_path, as_tool):
    for name in ("real", "fake"):
        Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / f"{name}\u202e.png")
    (tmp_path / "broken\u202e.png").touch()
    rows = ["real\u202e.png,real", "fake\u202e.png,spoof", "broken\u202e.png,spoof"]
    (tmp_path / "my.csv").write_text("\n".join(["path,label", *rows]), encoding="utf-8")
    options = ("--domain", "TEXT", "--faces", "none", "--workers", 1)
    text = as_tool("dataset_converters/generic.py", tmp_path / "my.csv", tmp_path / "out", *options)
    return text + (tmp_path / "out/preparation/text/faces.html").read_text(encoding="utf-8")


def an_argument(tmp_path, as_tool):
    return as_tool("train.py", f"{tmp_path}/{EVIL}.py") + as_tool("train.py", "flip_v_p1", f"--cfg-options={EVIL}=1")


@pytest.mark.usefixtures("registrations")
@pytest.mark.parametrize(
    "source", [score_file, broken_score_file, list_line, list_of_a_training, names_in_a_table, an_argument]
)
def test_no_tool_prints_control_characters(source, tmp_path, as_tool):
    text = source(tmp_path, as_tool)
    assert re.search(r"\\x1b|\\u202e", text)
    assert not STEERS.search(text)

# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from flip_mm.datasets import register_domain
from flip_mm.datasets.archive import Recording
from flip_mm.datasets.frame_selection import select_frames
from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.preparation.csv_table import CsvError, scan_csv
from flip_mm.preparation.generic_registration import domains_of, registration_code

FILES = (
    "a.mp4",
    "b.mp4",
    "c.mp4",
    "d.mov",
    "deep/a.mp4",
    "deep/B.mp4",
    "1.jpg",
    "2.png",
    "notes.txt",
    "frames/0001.png",
    "=x.mp4",
)


@pytest.fixture
def scan(tmp_path):
    """scan(lines or bytes, domain, root): of a CSV file beside files that are there and empty."""
    data = tmp_path / "data"
    for name in FILES:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    (tmp_path / "secret.mp4").touch()

    def call(content, domain="MINE", root=None):
        path = data / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else "\n".join(content).encode())
        return scan_csv(path, domain, root)

    call.data = data
    return call


def outputs(scan):
    return [(r.source, r.stem) for r in scan.recordings]


def problems(call, *arguments, **more):
    with pytest.raises(CsvError) as error:
        call(*arguments, **more)
    return error.value


def test_all_columns(scan):
    found = scan(
        [
            "path,label,subject,attack_type,split,domain,video",
            "a.mp4,real,anna,,train,A-1,",
            "b.mp4,spoof,anna,print,train,A-1,other name",
            "c.mp4,1,bodo,bonafide,test,A-1,",
            "d.mov,0,,,test,A-1,",
            "1.jpg,Live,-,-,,B,",
            "2.png,ATTACK,cleo,,,B,",
        ]
    )
    assert found.recordings == [
        Recording("A-1", "a.mp4", "a-1/train/real/anna/bonafide/a", "video", "pair", split="train"),
        Recording("A-1", "b.mp4", "a-1/train/fake/anna/print/other_name", "video", "pair", split="train"),
        Recording("A-1", "c.mp4", "a-1/test/real/bodo/bonafide/c", "video", "pair", split="test"),
        Recording("A-1", "d.mov", "a-1/test/fake/-/-/d", "video", "pair", split="test"),
        Recording("B", "1.jpg", "b/train/real/-/bonafide/1", "image", "single"),
        Recording("B", "2.png", "b/train/fake/cleo/-/2", "image", "single"),
    ]
    assert found.problems == []
    assert found.notes == [
        "2 of 6 recordings have no subject: it cannot be checked whether a person is in both training and test, and --holdout "
        "selects videos instead of subjects.",
        "1 names were changed to be safe in paths: 'other name' -> 'other_name'.",
    ]


@pytest.mark.usefixtures("registrations")
def test_names_are_those_that_a_registered_domain_reads(scan):
    found = scan(["path,label,subject,attack_type", "a.mp4,real,Jörg 3,", "b.mp4,fake,,print (A4)", "frames,fake,王,-"])
    assert domains_of(found.recordings) == [("MINE", "mine", "pair")]
    exec(registration_code(found.recordings), {})
    told = []
    for recording in found.recordings:
        frames = [recording.stem + ending for _, ending in select_frames(recording.selection, 100)]
        assert DATA_SETS["MINE"].frames_to_test(frames[0]) == frames
        name = parse_name("MINE", frames[0])
        told.append((recording.media, name.subject, name.attack_type, name.video_id == recording.stem))
    assert told == [
        ("video", "Jörg_3", "bonafide", True),
        ("video", "", "print__A4_", True),
        ("folder", "王", "spoof", True),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"path,label\na.mp4,real\nb.mp4,0\n",
        "\ufeffPath;Label;note\r\na.mp4;REAL;x\r\nb.mp4;Fake;y\r\n;;\r\n".encode(),
        b'LABEL\t path \tAttack Type\nbona fide\ta.mp4\t\nspoof\tb.mp4\t"-"\n\n',
        b"path,label,subject\n./a.mp4,genuine,'-\n'b.mp4,attack,-\n".replace(b"'b", b"b"),
    ],
)
def test_spreadsheets_and_other_programs(scan, content):
    assert outputs(scan(content)) == [("a.mp4", "mine/train/real/-/bonafide/a"), ("b.mp4", "mine/train/fake/-/-/b")]


def test_cells_that_were_quoted_for_spreadsheets_read_back(scan):
    found = scan(["path,label,subject", "'=x.mp4,real,'=anna", "b.mp4,spoof,'plain"])
    assert outputs(found) == [("=x.mp4", "mine/train/real/_anna/bonafide/_x"), ("b.mp4", "mine/train/fake/_plain/-/b")]


def test_unused_columns_are_reported(scan):
    found = scan(["path,label,subjct", "a.mp4,real,anna", "b.mp4,0,bodo"])
    assert found.notes[0] == "These columns are not used: subjct."


def test_an_absolute_path_and_another_root(scan):
    lines = ["path,label", f"{scan.data}/a.mp4,real", "data/b.mp4,spoof"]
    assert outputs(scan(lines, root=scan.data.parent)) == [
        ("data/a.mp4", "mine/train/real/-/bonafide/a"),
        ("data/b.mp4", "mine/train/fake/-/-/b"),
    ]


@pytest.mark.parametrize("path", ["../secret.mp4", "deep/../../secret.mp4", "/etc/hostname", "link.mp4"])
def test_no_file_outside_is_read(scan, path):
    (scan.data / "link.mp4").symlink_to(scan.data.parent / "secret.mp4")
    error = problems(scan, ["path,label", "a.mp4,real", f"{path},spoof"])
    assert [line for line, _ in error.problems] == [3]
    assert str(error).startswith(
        f"'{scan.data}/list.csv', line 3: the path '{path}' leads out of '{scan.data}', and is not read"
    )


ONE_LINE = {
    "x.mp4,real,s,,": "there is no file 'x.mp4' in ",
    "deep\\a.mp4,real,s,,": r"there is no file .* write it with / instead of \\",
    ",real,s,,": "the path is empty",
    f"{'x' * 300},real,s,,": "the path 'x+' cannot be resolved: .*too long",
    '"a\0.mp4",real,s,,': r"the path 'a\\x00.mp4' contains control characters",
    '"a\nb.mp4",real,s,,': r"the path 'a\\nb.mp4' contains control characters",
    "notes.txt,real,s,,": r"'notes.txt' is no video \(.*\.mov.*\), image \(.*\) or folder of images",
    "a.mp4,maybe,s,,": "the label is 'maybe': expected real, .* or spoof",
    "a.mp4,,s,,": "the label is '': expected",
    "a.mp4,real,s,print,": "the label is 'real', real, and the attack_type 'print'",
    "a.mp4,0,s,bonafide,": "the label is '0', spoof, and the attack_type 'bonafide'",
    "a.mp4,real,s,,dev": "the split is 'dev': expected train, test or nothing.*--holdout",
    "a.mp4,real,../../etc,,": "the subject '../../etc' holds a path separator",
    "a.mp4,real,..,,": "the subject '..' begins with a dot",
    "a.mp4,0,s,.x,": "the attack_type '.x' begins with a dot",
    f"a.mp4,real,{'s' * 101},,": "the subject 's+' is longer than 100 bytes",
    '"a.mp4",real,"s\nt",,': r"the subject 's\\nt' holds control characters",
    "a.mp4,real": "2 cells, but the first line names 5 columns",
    "a.mp4,real,s,,,": "6 cells, but",
}


@pytest.mark.parametrize(("line", "message"), ONE_LINE.items(), ids=lambda text: text[:12])
def test_wrong_lines(scan, line, message):
    error = problems(scan, ["path,label,subject,attack_type,split", "b.mp4,0,s,print,", line, "c.mp4,1,s,,"])
    assert [number for number, _ in error.problems] == [3 + line.count("\n")]
    with pytest.raises(CsvError, match=message):
        raise error


def test_a_link_to_a_name_that_cannot_be_written_is_refused(scan):
    os.rename(scan.data / "a.mp4", os.fsencode(scan.data) + b"/\xff.mp4")
    (scan.data / "a.mp4").symlink_to(os.fsdecode(b"\xff.mp4"))
    error = problems(scan, ["path,label", "a.mp4,real", "b.mp4,0"])
    assert error.problems == [
        (2, "the path 'a.mp4' leads to '\\udcff.mp4', which is not UTF-8 or contains control characters.")
    ]


CONFLICTS = {
    "twice": (["a.mp4,real,s", "b.mp4,0,s", "./a.mp4,1,s"], 4, "'a.mp4' is listed in line 2 already"),
    "both labels": (["a.mp4,real,s", "b.mp4,0,s", "a.mp4,0,s"], 4, "'a.mp4' is listed in line 2 with the other label"),
    "one output": (["a.mp4,real,s", "b.mp4,0,s", "deep/a.mp4,1,s"], 4, "'deep/a.mp4' and 'a.mp4' of line 2 .* column video"),
    "one output but for case": (["a.mp4,1,s", "b.mp4,0,s", "deep/B.mp4,0,s"], 4, "'deep/B.mp4' and 'b.mp4' of line 3 would"),
    "one name": (["a.mp4,real,s t", "b.mp4,0,s t", "c.mp4,1,s_t"], 4, "the subject 's_t' and 's t' of line 2 would be one"),
    "case": (["a.mp4,real,S", "b.mp4,0,s"], 3, "the subject 's' and 'S' of line 2 would be one folder, 's'"),
    "kinds": (
        ["a.mp4,real,s", "1.jpg,0,s"],
        3,
        "'1.jpg' is an image, but line 2 of domain MINE is a video: a domain must have one kind",
    ),
    "one class": (["a.mp4,real,s", "b.mp4,1,s"], 0, "domain MINE has no spoof recordings"),
    "no lines": ([], 0, "there are no lines after the first one"),
}


@pytest.mark.parametrize(("lines", "number", "message"), CONFLICTS.values(), ids=CONFLICTS)
def test_lines_that_contradict_each_other(scan, lines, number, message):
    error = problems(scan, ["path,label,subject", *lines])
    assert [line for line, _ in error.problems] == [number]
    with pytest.raises(CsvError, match=message):
        raise error


def test_subjects_of_two_domains_may_be_spelt_differently(scan):
    lines = ["path,label,subject,domain", "a.mp4,real,S,A", "b.mp4,0,S,A", "c.mp4,1,s,B", "d.mov,0,s,B"]
    assert len(scan(lines).recordings) == 4


def test_a_split_is_for_every_line_of_a_domain_or_for_none(scan):
    lines = ["path,label,split", "a.mp4,real,train", "b.mp4,0,train", "c.mp4,1,", "d.mov,0,test"]
    error = problems(scan, lines)
    assert (4, "the split is empty, but other lines of domain MINE have one.") in error.problems
    assert (0, "test of domain MINE has no real recordings; both classes are needed.") in error.problems


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        (None, "no name: add --domain, or a column domain"),
        ("my set", "the domain 'my set' must consist of letters"),
        ("../x", "the domain '../x' must consist of"),
        ("M", "the domain 'M' or its folder is reserved for a data set of flip_mm"),
        ("MSU", "the domain 'MSU' or its folder is reserved for a data set of flip_mm"),
    ],
)
def test_names_that_a_domain_cannot_have(scan, domain, message):
    with pytest.raises(CsvError, match=message):
        scan(["path,label", "a.mp4,real", "b.mp4,0"], domain)


def test_two_domains_of_one_folder(scan):
    error = problems(scan, ["path,label,domain", "a.mp4,real,Mine", "b.mp4,0,Mine", "c.mp4,1,mine", "d.mov,0,mine"])
    assert error.problems[0] == (4, "the domain 'mine' and 'Mine' of line 2 would be one folder, 'mine'.")


@pytest.mark.usefixtures("registrations")
def test_a_registered_domain_keeps_its_folder(scan):
    register_domain("MINE", stem="elsewhere")
    assert outputs(scan(["path,label", "a.mp4,real", "b.mp4,0"]))[0] == ("a.mp4", "elsewhere/train/real/-/bonafide/a")


def test_all_errors_are_reported_together(scan):
    error = problems(scan, ["path,label", *(f"x{k}.mp4,real" for k in range(25)), "a.mp4,?"])
    assert [line for line, _ in error.problems] == list(range(2, 28))
    assert str(error).count("\n") == 19
    assert str(error).endswith(" and 6 more")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"line 1: the first line must name the columns path and label, .* it is ''"),
        (b"file,label\na.mp4,real\n", r"line 1: the first line must name the columns path and label.* 'file,label'"),
        (b"path|label\na.mp4|real\n", "separated by commas, semicolons or tabs"),
        (b"path,label,path\na.mp4,real,a.mp4\n", "line 1: the column path is named twice"),
        (b'path,label\na.mp4,real\n"b.mp4,0\n', "line 3: this is not CSV"),
    ],
)
def test_files_that_are_no_table(scan, content, message):
    with pytest.raises(CsvError, match=message):
        scan(content)


def test_files_that_are_no_text(scan):
    with pytest.raises(ValueError, match=r"list.csv', line 2: this is not UTF-8 text"):
        scan(b"path,label\ncaf\xe9.mp4,real\n")

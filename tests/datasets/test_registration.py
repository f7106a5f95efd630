# SPDX-License-Identifier: Apache-2.0
import sys
from itertools import product

import numpy as np
import pytest
from mmengine.config import Config
from mmpretrain.registry import DATASETS
from PIL import Image

from flip_mm.datasets import get_run, register_domain, register_protocol
from flip_mm.datasets.leakage import find_leaks
from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.protocols import RUNS
from flip_mm.datasets.sets import DATA_SETS

pytestmark = pytest.mark.usefixtures("registrations")


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A data root with the generic domains MINE and OTHER: four subjects, three kinds of attack, a subject not known."""
    root = tmp_path_factory.mktemp("mine")
    image = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    (root / "txt").mkdir()
    for stem, (word, attacks) in product(("mine", "other"), (("real", ["bonafide"]), ("fake", ["print", "replay", "-"]))):
        lines = []
        for subject, attack in product(("anna", "bodo", "cleo", "-"), attacks):
            split = "train" if subject in ("anna", "bodo") else "test"
            stems = [f"{stem}/{split}/{word}/{subject}/{attack}/clip{k}" for k in (1, 2)]
            (root / "frame" / stems[0]).parent.mkdir(parents=True, exist_ok=True)
            for path, frame in product(stems, (0, 1)):
                image.save(root / "frame" / f"{path}_frame{frame}.png")
            lines += [f"{path}_frame0.png" for path in stems]
        for split in ("train", "test"):
            (root / f"txt/{stem}_{word}_{split}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return root


def build(root, split, **run):
    dataset = dict(type="FASDataset", run=run, split=split, data_root=str(root), pipeline=[])
    data = DATASETS.build(dataset)
    return data, [data.get_data_info(i) for i in range(len(data))]


def register_both():
    register_domain("MINE", stem="mine")
    register_domain("OTHER", stem="other")
    register_protocol("ours", [(["OTHER"], "MINE"), (["MINE"], "OTHER")])


def test_a_new_domain_trains_and_is_tested_by_attack_type(mine):
    register_both()
    train, samples = build(mine, "train", protocol="ours", target="MINE")
    assert {key: len(own) for key, own in train.streams.items()} == {("OTHER", "real"): 8, ("OTHER", "spoof"): 24}
    assert {s["subject"] for s in samples} == {"anna", "bodo", "cleo", ""}
    _, tested = build(mine, "test", protocol="ours", target="MINE")
    assert len(tested) == 2 * len({s["video_id"] for s in tested}) == 64
    found = {(s["gt_label"], s["attack_type"], s["domain"], s["role"]) for s in tested}
    attacks = {(0, attack, "MINE", "target") for attack in ("print", "replay", "spoof")}
    assert found == {(1, "bonafide", "MINE", "target"), *attacks}


def test_a_development_set_takes_whole_subjects(mine):
    register_both()
    train, samples = build(mine, "train", protocol="ours", target="MINE", holdout=0.25)
    _, tested = build(mine, "test", protocol="ours", target="MINE", holdout=0.25)
    dev = [s for s in tested if s["role"] == "dev"]
    assert {s["domain"] for s in dev} == {"OTHER"}
    known = {s["subject"] for s in dev} - {""}
    assert not known & {s["subject"] for s in samples}
    assert len(dev) // 2 + len(train) == 32


def test_intra_and_celeba_as_source(mine):
    register_both()
    _, train = build(mine, "train", protocol="intra", target="MINE")
    _, tested = build(mine, "test", protocol="intra", target="MINE")
    assert {s["subject"] for s in train} == {"anna", "bodo"}
    assert {s["subject"] for s in tested} == {"cleo", ""}
    # Clips of one name under different subjects and attack types are different recordings.
    assert find_leaks(train, tested) == []
    assert get_run("celeba", "MINE").name == "CelebA->MINE"
    with pytest.raises(FileNotFoundError, match=r"celeb_real_train.txt'.* are missing.*docs/new_data.md"):
        build(mine, "train", protocol="celeba", target="MINE")


def test_a_recording_in_both_folders_leaks(mine):
    register_both()
    sample = dict(domain="MINE", subject="", role="target")
    train = [sample | dict(video_id="mine/train/fake/-/print/clip1")]
    tested = [sample | dict(video_id=f"mine/test/fake/-/{attack}/clip1") for attack in ("print", "replay")]
    assert find_leaks(train, tested) == [("MINE", "target", 2, 1, 1, False)]


def test_an_auxiliary_domain(mine):
    register_domain("MINE", stem="mine")
    register_domain("OTHER", stem="other")
    register_protocol("helped", [(("OTHER",), "M")], aux=["MINE"])
    run = get_run("helped", "M")
    assert (run.train_domains, run.name) == (("OTHER", "MINE"), "OTHER->M")
    assert get_run("helped", "M", aux=False).train_domains == ("OTHER",)


def test_the_source_distinguishes_runs_with_one_target():
    register_protocol("single", [(["M"], "O"), (["C"], "O"), (["M"], "C")])
    assert get_run("single", "O", source="C").sources == ("C",)
    with pytest.raises(ValueError, match=r"several runs of protocol single match; its runs are source=M target=O, source=C"):
        get_run("single", "O")


def test_frames_numbered_and_single():
    register_domain("N", stem="n-1", frames="numbered")
    register_domain("I1", stem="i_1", frames="single")
    numbered, single = "n-1/train/fake/x/print/v_07.jpg", "i_1/test/real/-/bonafide/ein bild.jpg"
    assert (parse_name("N", numbered).video_id, parse_name("N", numbered).frame) == ("n-1/train/fake/x/print/v", 7)
    assert (parse_name("I1", single).subject, parse_name("I1", single).attack_type) == ("", "bonafide")
    assert DATA_SETS["N"].frames_to_test(numbered) == [numbered]
    assert DATA_SETS["I1"].frames_to_test(single) == [single]


def by_dashes(name):
    subject, _, attack = name.partition("--")
    return (subject, attack) if attack else None


def test_a_name_rule_of_the_user():
    register_domain("D", stem="d", rule=by_dashes)
    name = parse_name("D", "d/train/fake/s1--mask_frame0.png")
    assert (name.subject, name.attack_type) == ("s1", "mask")
    for wrong in ("d/train/fake/s1_frame0.png", "d/train/real/s1--mask_frame0.png", "d/train/fake/s1--bonafide_frame0.png"):
        with pytest.raises(
            ValueError, match=rf"'{wrong}' is no official name of domain D[:;].*it was registered with names d/"
        ):
            parse_name("D", wrong)
    register_domain("BAD", stem="bad", rule=lambda name: [name])
    register_domain("EMPTY", stem="empty", rule=lambda name: (name, ""))
    with pytest.raises(TypeError, match=r"name rule of 'empty' returned \('x', ''\) for 'x'"):
        parse_name("EMPTY", "empty/train/fake/x_frame0.png")
    with pytest.raises(TypeError, match=r"name rule of 'bad' returned \['x'\] for 'x'; it must return \(subject"):
        parse_name("BAD", "bad/train/fake/x_frame0.png")


@pytest.mark.parametrize("path", ["mine/train/fake/anna/bonafide/c", "mine/train/real/anna/-/c", "mine/train/fake/print/c"])
def test_generic_names_that_contradict_themselves(path):
    register_domain("MINE", stem="mine")
    with pytest.raises(ValueError, match="<subject>/<attack type>/<video>"):
        parse_name("MINE", f"{path}_frame0.png")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(name="M", stem="mine"), "the domain 'M' exists already"),
        (dict(name="MINE", stem="msu"), "the stem 'msu' belongs to domain M"),
        (dict(name="a/b", stem="mine"), "the name 'a/b' must consist of"),
        (dict(name="", stem="mine"), "the name '' must consist of"),
        (dict(name="MINE", stem="../x"), "the stem '../x' must consist of"),
        (dict(name="MINE", stem="Mine"), "the stem 'Mine' must consist of lower-case"),
        (dict(name="MINE", stem="mine", frames="all"), "frames='all' does not exist; choose from pair, numbered, single"),
    ],
)
def test_invalid_domains(arguments, message):
    before = {name: list(runs) for name, runs in RUNS.items()}
    with pytest.raises(ValueError, match=rf"register_domain: .*{message}"):
        register_domain(**arguments)
    assert before == RUNS


def test_nothing_is_registered_twice():
    register_both()
    with pytest.raises(ValueError, match="the domain 'MINE' exists already"):
        register_domain("MINE", stem="mine2")
    with pytest.raises(ValueError, match="protocol 'ours' exists already"):
        register_protocol("ours", [(["M"], "C")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("p1", [(["M"], "C")]), "exists already; choose a name other than p1, p2"),
        (("a b", [(["M"], "C")]), "a name must consist of"),
        (("x", []), "has no runs"),
        (("x", [("M", "C")]), r"\('M', 'C'\) is no run; expected \(sources, target\)"),
        (("x", [([], "C")]), r"\(\[\], 'C'\) is no run"),
        (("x", [(["M"], "Z")]), "unknown domain Z; choose from M, C"),
        (("x", [(["M"], "C")], ["Z"]), "unknown domain Z"),
        (("x", [(["M", "M"], "C")]), r"a source domain is named twice in M\+M->C"),
        (("x", [(["M"], "C")], ["M"]), r"a source domain is named twice in M\+M->C"),
        (("x", [(["M", "C"], "C")]), r"M\+C->C tests a domain that it trains on.*'intra'"),
        (("x", [(["M"], "C")], ["C"]), r"M\+C->C tests a domain that it trains on"),
        (("x", [(["M"], "CelebA")]), "CelebA has no list of test images"),
        (("x", [(["M"], "C"), (["M"], "C")]), "several runs have the target C"),
        (("x", [(["M", "I"], "C"), (["O"], "C")]), "several runs have the target C"),
    ],
)
def test_invalid_protocols(arguments, message):
    with pytest.raises(ValueError, match=rf"register_protocol: protocol '{arguments[0]}'.*{message}"):
        register_protocol(*arguments)
    assert "x" not in RUNS


MODULE = """from flip_mm.datasets import register_domain, register_protocol

register_domain("MINE", stem="mine")
register_domain("OTHER-and-more", stem="other")
register_protocol("ours", [(["OTHER-and-more"], "MINE"), (["MINE"], "OTHER-and-more")])
"""
CONFIG = """_base_ = ["{root}/configs/flip_v_demo.py"]
custom_imports = dict(imports=["flip_mm", "fas_of_a_test"], allow_failed_imports=False)
run = dict(protocol="ours", target="MINE")
train_dataloader = dict(dataset=dict(run=run))
val_dataloader = dict(dataset=dict(run=run))
test_dataloader = val_dataloader
"""


def test_custom_imports_are_early_enough_for_the_command_line(mine, tmp_path, monkeypatch, request, run_tool, capsys):
    (tmp_path / "fas_of_a_test.py").write_text(MODULE)
    config = tmp_path / "flip_v_ours.py"
    config.write_text(CONFIG.format(root=request.config.rootpath.as_posix()))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "fas_of_a_test", raising=False)
    flags = ("--target", "OTHER-and-more", "--holdout", 0.25, "--data-root", mine)
    run_tool("analysis_tools/print_run.py", config, *flags)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0] == "Protocol ours, MINE->OTHER-and-more, auxiliary: none, 0 shots, holdout 0.25"
    assert lines[3].startswith("MINE real ")
    assert "target OTHER-and-more real 8 16 bonafide" in lines
    assert {line.split()[-1] for line in lines if line.startswith("target OTHER-and-more spoof 8 16")} == {
        "print",
        "replay",
        "spoof",
    }
    # Read once more in the same process, as notebooks do.
    assert Config.fromfile(config).train_dataloader.dataset.run.target == "MINE"
    with pytest.raises(ValueError, match="no run of protocol ours matches; its runs are target=MINE, target=OTHER-and-more"):
        run_tool("analysis_tools/print_run.py", config, "--target", "M")


@pytest.mark.usefixtures("registrations")
def test_the_error_says_what_the_rule_returned_for_a_name_in_the_other_folder():
    register_domain("CUT", stem="cut", frames="single", rule=lambda name: tuple(name.split("--")))
    message = r"cut/train/real/anna--bonafide_2.png' .*: the rule says attack type 'bonafide_2', but the file is in real/;"
    with pytest.raises(ValueError, match=message):
        parse_name("CUT", "cut/train/real/anna--bonafide_2.png")

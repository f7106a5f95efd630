# SPDX-License-Identifier: Apache-2.0
"""Any config under any protocol: run, data root and folder follow, everything else is the config's."""

from argparse import Namespace
from pathlib import Path

import pytest

from flip_mm.apis.choose_run import CHOICES, choose_run

from .test_run_config import LOADERS, ROOT, load


def chosen(run, data_root="data/MCIO", **given):
    """Run and data root after the choice."""
    loaders = [dict(dataset=dict(run=dict(run), data_root=data_root)) for _ in range(3)]
    nothing = dict.fromkeys(("protocol", *CHOICES, "data_root"))
    choose_run(loaders, Namespace(**nothing | given))
    assert loaders[1:] == loaders[:1] * 2
    return loaders[0]["dataset"]["run"], loaders[0]["dataset"]["data_root"]


P1, P3 = dict(protocol="p1", target="O"), dict(protocol="p3", source="C", target="I")


@pytest.mark.parametrize(
    ("run", "given", "wanted", "root"),
    [
        (P1, dict(protocol="p1"), P1, "data/MCIO"),
        # The config's own target where the protocol has it, and otherwise the first run.
        (P1, dict(protocol="limited"), dict(protocol="limited", target="O"), "data/MCIO"),
        (P1, dict(protocol="p2"), dict(protocol="p2", target="W"), "data/WCS"),
        (P1, dict(protocol="p2", target="cefa"), dict(protocol="p2", target="CeFA"), "data/WCS"),
        (P1, dict(protocol="p3"), dict(protocol="p3", target="O", source="M"), "data/MCIO"),
        (P1, dict(protocol="p3", target="m"), dict(protocol="p3", target="M", source="C"), "data/MCIO"),
        (P1, dict(protocol="p3", source="i", target="m"), dict(protocol="p3", target="M", source="I"), "data/MCIO"),
        (P3, dict(protocol="p3"), P3, "data/MCIO"),
        (P3, dict(protocol="p1"), dict(protocol="p1", target="I"), "data/MCIO"),
        (P1, dict(protocol="intra", target="S"), dict(protocol="intra", target="S"), "data/WCS"),
        (P1 | dict(shots=5, aux=False), dict(protocol="p2"), dict(protocol="p2", target="W", shots=5, aux=False), "data/WCS"),
        (P1, dict(protocol="p2", data_root="mine"), dict(protocol="p2", target="W"), "mine"),
    ],
)
def test_protocols(run, given, wanted, root):
    assert chosen(run, **given) == (wanted, root)


def test_another_data_root_does_not_change():
    assert chosen(P1, data_root="/data/faces", protocol="p2") == (dict(protocol="p2", target="W"), "/data/faces")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(protocol="limted"), r"--protocol: there is no 'limted', did you mean limited\? The protocols are p1, p2, "),
        (dict(protocol="P2"), r"--protocol: there is no 'P2', did you mean p2\? "),
        (dict(protocol="x"), r"--protocol: there is no 'x'\. The protocols are p1, "),
        (dict(protocol="p2", target="O"), r"run.target='O', .*no run of protocol p2 matches; its runs are target=W"),
        (dict(protocol="p3", source="O", target="O"), r"no run of protocol p3 matches"),
    ],
)
def test_unknown_protocols_and_runs_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        chosen(P1, **given)


def test_a_data_set_without_a_run():
    with pytest.raises(ValueError, match=r"--protocol chooses a run .* dataset has no run\.protocol"):
        choose_run([dict(dataset={})], Namespace(protocol="p1", **dict.fromkeys(CHOICES)))


def test_a_config_of_p1_under_p2_keeps_its_batches():
    own, other = (load(*given) for given in ((), ("--protocol", "p2")))
    assert [other[name].dataset.run for name in LOADERS] == [dict(protocol="p2", target="W")] * 3
    assert [other[name].dataset.data_root for name in LOADERS] == ["data/WCS"] * 3
    assert [other[name].batch_size for name in LOADERS] == [own[name].batch_size for name in LOADERS] == [3, 10, 10]
    assert other.model == own.model
    assert Path(other.work_dir) == Path("work_dirs/flip_mcl_p1/p2_W_seed0")
    assert Path(load("--protocol", "p1").work_dir) == Path("work_dirs/flip_mcl_p1/O_seed0")
    p2 = load("--protocol", "p2", "--target", "S", config=ROOT / "configs/flip_v_p2.py")
    assert Path(p2.work_dir) == Path("work_dirs/flip_v_p2/S_seed0")

# SPDX-License-Identifier: Apache-2.0
from collections import Counter

import pytest

from flip_mm.datasets.protocols import DOMAINS, LAYOUTS, RUNS, get_run
from flip_mm.datasets.sets import DATA_SETS


@pytest.mark.parametrize(
    ("protocol", "names"),
    [
        ("p1", "OCI->M OMI->C OCM->I ICM->O"),
        ("p2", "CeFA+S->W SW->CeFA CeFA+W->S"),
        ("p3", "M->C M->I M->O C->M C->I C->O I->M I->C I->O O->M O->C O->I"),
        ("limited", "MI->C MI->O"),
        ("intra", "M->M C->C I->I O->O CeFA->CeFA S->S SiW->SiW SiW-Mv2->SiW-Mv2 3DMAD->3DMAD"),
        (
            "celeba",
            "CelebA->M CelebA->C CelebA->I CelebA->O CelebA->W CelebA->CeFA CelebA->S "
            "CelebA->SiW CelebA->SiW-Mv2 CelebA->3DMAD CelebA->HiFiMask",
        ),
    ],
)
def test_the_runs_of_every_protocol(protocol, names):
    runs = [get_run(protocol, target, sources[0] if protocol == "p3" else None) for sources, target in RUNS[protocol]]
    # Data sets that are added later join intra and celeba.
    assert [run.name for run in runs if run.target in [*DOMAINS][:12]] == names.split()
    assert {run.aux for run in runs} == ({("CelebA",)} if protocol in ("p1", "p2", "p3") else {()})
    for run in runs:
        assert (run.target in run.sources) is (protocol == "intra")
        assert max(Counter(run.train_domains).values()) == 1


def test_leave_one_out_covers_its_layout():
    for protocol, layout in (("p1", "MCIO"), ("p2", "WCS")):
        for _, target in RUNS[protocol]:
            assert sorted((*get_run(protocol, target).train_domains, target)) == sorted(LAYOUTS[layout])
    assert {*LAYOUTS["MCIO"], *LAYOUTS["WCS"]} == {domain for domain in [*DOMAINS][:12] if DATA_SETS[domain].tried}


def test_every_domain_has_different_names_and_lists():
    assert list(DATA_SETS) == list(DOMAINS)
    assert len({*DOMAINS.values()}) == len(DOMAINS)


def test_without_the_auxiliary_domain():
    run = get_run("p1", "O", aux=False)
    assert (run.train_domains, run.name) == (("I", "C", "M"), "ICM->O")


def test_shots_and_holdout_are_kept():
    run = get_run("p2", "W", shots=5, holdout=0.1)
    assert (run.shots, run.holdout) == (5, 0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(protocol="p9", target="O"), r"run.protocol='p9' does not exist; choose from p1, p2, p3, intra, limited, celeba"),
        (
            dict(protocol="p1", target="X"),
            r"no run of protocol p1 matches; its runs are target=M, target=C, target=I, target=O",
        ),
        (dict(protocol="p1"), r"^run.target=None: no run"),
        (dict(protocol="p1", target="O", source="C"), r"run.source='C': no run of protocol p1 matches; its runs are target=M"),
        (
            dict(protocol="p3", target="I"),
            r"several runs of protocol p3 match; its runs are source=M target=C, source=M target=I",
        ),
        (dict(protocol="p3", target="I", source="I"), r"run.target='I', run.source='I': no run of protocol p3 matches"),
        (dict(protocol="limited", target="M"), r"its runs are target=C, target=O"),
        (dict(protocol="p2", target="C"), r"its runs are target=W, target=CeFA, target=S"),
        (dict(protocol="p1", target="O", shots=-1), r"run.shots=-1 must be a whole number, 0 or more"),
        (dict(protocol="p1", target="O", shots=2.5), r"run.shots=2.5 must be"),
        (dict(protocol="intra", target="O", shots=5), r"run.shots=5: protocol intra trains on the target's own"),
        (dict(protocol="p1", target="O", holdout=1), r"run.holdout=1 must be a share of the source videos, 0 up to below 1"),
        (dict(protocol="p1", target="O", holdout=-0.1), r"run.holdout=-0.1"),
    ],
)
def test_runs_that_do_not_exist(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_run(**arguments)

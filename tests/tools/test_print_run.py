# SPDX-License-Identifier: Apache-2.0
import pytest


def words(text):
    """The lines' words, so that widths of columns do not matter."""
    return [" ".join(line.split()) for line in text.splitlines() if line]


def test_streams_videos_and_attack_types(run_tool, shared_mcio, capsys):
    run_tool("analysis_tools/print_run.py", "flip_mcl_p1", "--target", "M", "--data-root", shared_mcio)
    lines = words(capsys.readouterr().out)
    assert lines[0] == "Protocol p1, OCI->M, auxiliary: CelebA, 0 shots, holdout 0"
    assert lines[1] == "Training: 24 images a step, 3 of each of 8 streams (one process)"
    streams = [f"{domain} {row}" for domain in "OCI" for row in ("real 6 2", "spoof 12 4")]
    assert lines[3:11] == [*streams, "CelebA real 6 2", "CelebA spoof 6 2"]
    assert lines[11:14] == ["Test: 30 images of 15 videos", "role domain class videos images attack type", lines[13]]
    assert lines[13] == "target M real 5 10 bonafide"
    spoof = [line.split() for line in lines[14:-2]]
    assert {tuple(line[:3]) for line in spoof} == {("target", "M", "spoof")}
    assert sum(int(line[3]) for line in spoof) == 10
    assert all(int(line[4]) == 2 * int(line[3]) for line in spoof)
    assert {line[5] for line in spoof} <= {"printed_photo", "ipad_video", "iphone_video"}
    assert lines[-2:] == ["In both training and test:", "no video and no subject, judging by the names"]


def test_held_out_videos_and_shots(run_tool, shared_mcio, capsys):
    flags = ("--target", "O", "--no-aux", "--holdout", 0.3, "--shots", 1, "--data-root", shared_mcio)
    run_tool("analysis_tools/print_run.py", "flip_v_p1", *flags)
    lines = words(capsys.readouterr().out)
    assert lines[0] == "Protocol p1, ICM->O, auxiliary: none, 1 shots, holdout 0.3"
    assert lines[1] == "Training: 24 images a step, 3 of each of 8 streams (one process)"
    # 2 of 6 persons of each source are held out; the shot comes in four copies.
    assert [line for line in lines if line.split()[1:2] == ["real"]] == [
        *(f"{domain} real 4 1" for domain in "ICM"),
        "O real 4 1",
    ]
    assert [line for line in lines if "bonafide" in line] == [
        *(f"dev {domain} real 2 4 bonafide" for domain in "ICM"),
        "target O real 5 10 bonafide",
    ]
    assert lines[-1].startswith("target O: of 15 test videos, 0 are also in the training set and ")


@pytest.mark.parametrize(
    ("config", "flags", "data", "step"),
    [
        ("flip_v_p2", (), "shared_wcs", "48 images a step, 8 of each of 6 streams"),
        ("flip_it_p2", (), "shared_wcs", "48 images a step, 8 of each of 6 streams"),
        ("flip_mcl_p2", (), "shared_wcs", "18 images a step, 3 of each of 6 streams"),
        ("flip_mcl_p3", ("--source", "M", "--target", "O"), "shared_mcio", "12 images a step, 3 of each of 4 streams"),
    ],
)
def test_images_of_a_step(run_tool, request, capsys, config, flags, data, step):
    run_tool("analysis_tools/print_run.py", config, *flags, "--data-root", request.getfixturevalue(data))
    assert words(capsys.readouterr().out)[1] == f"Training: {step} (one process)"


def test_a_config_of_one_protocol_under_another(run_tool, shared_wcs, capsys):
    run_tool("analysis_tools/print_run.py", "flip_mcl_p1", "--protocol", "p2", "--data-root", shared_wcs)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Protocol p2, CeFA+S->W, auxiliary: CelebA, 0 shots, holdout 0"
    # The batch size of the config, 3 of each class of each domain.
    assert told[2].startswith("Training: 18 images a step, 3 of each of 6 streams")

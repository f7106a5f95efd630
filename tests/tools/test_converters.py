# SPDX-License-Identifier: Apache-2.0
"""From archives with real names to the first iterations of a training, as a user goes."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEN = [f"_{k:02d}.jpg" for k in range(10)]


def lines_of_mcio():
    """Two people in each folder, with two real videos and two attacks each."""
    pairs = [("train", 2), ("train", 3), ("test", 1), ("test", 4)]
    for split, k in pairs:
        for device in ("android", "laptop"):
            yield f"msu/{split}/real/real_client{k:03d}_{device}_SD_scene01_frame0.png"
            yield f"msu/{split}/fake/attack_client{k:03d}_{device}_SD_ipad_video_scene01_frame0.png"
        for real, attack in (("1", "3"), ("HR_1", "HR_4")):
            yield f"casia/{split}/real/{k}_{real}_frame0.png"
            yield f"casia/{split}/fake/{k}_{attack}_frame0.png"
        for light in ("adverse", "controlled"):
            yield f"replay/{split}/real/real_client{k:03d}_session01_webcam_authenticate_{light}_1_frame0.png"
            yield f"replay/{split}/fake/hand_attack_print_client{k:03d}_session01_highdef_photo_{light}_frame0.png"
        user = k if split == "train" else 35 + k
        for phone in (1, 6):
            yield f"oulu/{split}/real/{phone}_1_{user:02d}_1_frame0.png"
            yield f"oulu/{split}/fake/{phone}_1_{user:02d}_5_frame0.png"
    yield from lines_of_celeb()


def lines_of_wcs():
    """Recordings of two people in each folder; of WMCA the test recordings are in the train folder too."""
    for k in range(4):
        for split in ("train", "test"):
            yield from (f"wmca/{split}/real/22.05.18_{k:03d}_06_000_0_00{ending}" for ending in TEN)
            yield from (f"wmca/{split}/fake/22.05.18_{k:03d}_06_000_4_15{ending}" for ending in TEN)
        split, subject = ("train", k) if k < 2 else ("test", 200 + k)
        yield from (f"cefa/{split}/real/1_{subject:03d}_1_1_1{ending}" for ending in TEN)
        yield from (f"cefa/{split}/fake/1_{subject:03d}_3_1_4{ending}" for ending in TEN)
    for k in range(6):
        yield f"surf/train/real/Training_real_part_CLKJ_CS{k:04d}_real.rssdk_color_91.jpg"
        yield f"surf/train/fake/Training_fake_part_CLKJ_AS{k:04d}_04_en_b.rssdk_color_101.jpg"
        yield f"surf/test/real/Val_0007_{k:06d}-color.jpg"
        yield f"surf/test/fake/Val_0008_{k:06d}-color.jpg"
    yield from lines_of_celeb()


def lines_of_celeb():
    for k in range(1, 7):
        yield f"celeb/real/{k}_live_{k:06d}.jpg"
        yield f"celeb/fake/{k}_spoof_{50 + k:06d}.jpg"


CONVERTERS = {
    "msu": "msu_mfsd",
    "casia": "casia_fasd",
    "replay": "replay_attack",
    "oulu": "oulu_npu",
    "celeb": "celeba_spoof",
    "wmca": "wmca",
    "cefa": "casia_cefa",
    "surf": "casia_surf",
}
CONFIG = """
_base_ = ["{base}"]
arch = dict(
    _delete_=True,
    embed_dim=24,
    vision_cfg=dict(image_size=224, layers=1, width=64, patch_size=56),
    text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
)
model = dict(backbone=dict(arch=arch, pretrained=None), head=dict(projector=dict(hid_channels=32, out_channels=8)))
"""


@pytest.mark.parametrize(("lines", "config", "target"), [(lines_of_mcio, "p1", "O"), (lines_of_wcs, "p2", "W")])
def test_from_archives_to_training(lines, config, target, tmp_path, write_archive, run_tool, capsys):
    wanted, out = list(lines()), tmp_path / "data root é"
    for stem in dict.fromkeys(line.split("/")[0] for line in wanted):
        name = CONVERTERS[stem]
        raw = write_archive(name, tmp_path / name, [line for line in wanted if line.startswith(f"{stem}/")], media=True)
        run_tool(f"dataset_converters/{name}.py", raw, out, "--faces", "none", "--workers", 1)
        # That not all recordings of the data set are there is the only thing to complain of.
        problems = (out / f"preparation/{stem}/problems.csv").read_text().splitlines()[1:]
        assert [line for line in problems if not line.startswith(".,")] == []

    images = {str(path.relative_to(out / "frame")) for path in out.glob("frame/**/*.*")}
    assert images == {*wanted, *(line.replace("_frame0", "_frame1") for line in wanted)}

    capsys.readouterr()
    assert run_tool("analysis_tools/check_dataset.py", out, "--protocol", config, "--workers", 1) == 0
    told = capsys.readouterr().out
    assert "can run" in told
    assert "Errors" not in told
    assert "Warnings" not in told
    path = tmp_path / f"flip_mcl_{config}_small.py"
    path.write_text(CONFIG.format(base=(ROOT / f"configs/flip_mcl_{config}.py").as_posix()))
    options = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", f"experiment_name=test_converters_{config}"]
    options += [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
    work = tmp_path / "work"
    run_tool("train.py", path, "--target", target, "--data-root", out, "--work-dir", work, "--cfg-options", *options)
    assert list(work.glob("best_target_HTER_iter_2.pth"))

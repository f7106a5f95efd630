# SPDX-License-Identifier: Apache-2.0
import pytest
from fixtures.archive_lines import LINES, add, planned, scan_archive, unfit

SURF_REAL = "Training/real_part/CLKJ_CS0110/real.rssdk/color"


def test_surf_without_lists_has_labels_only_for_training(raw):
    root = raw("casia_surf")
    for path in root.glob("*_list.txt"):
        path.unlink()
    scan = scan_archive("casia_surf", root)
    assert planned(scan.recordings) == set(LINES["casia_surf"][:2])
    assert {reason.split(",")[0]: count for reason, count in scan.left_out.items()} == {
        "images of Val": 1,
        "images of Testing": 1,
    }
    assert all("private_list.txt, which has their labels, is missing" in reason for reason in scan.left_out)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Val/0007/007243-color.jpg Val/0007/007243-depth.jpg 1", "line 1: .* is not 'colour depth ir label'"),
        ("a b c 2", "line 1: 'a b c 2' is not 'colour depth ir label' with the label 0 or 1"),
        ("../Val/0007/007243-color.jpg b c 1", "leads out of the folder of the archive"),
        ("/Val/0007/007243-color.jpg b c 1", "leads out of the folder of the archive"),
        ("a /etc/passwd c 1", "leads out of the folder of the archive"),
    ],
)
def test_lists_of_surf_are_checked(raw, line, message):
    root = raw("casia_surf")
    add(root, "val_private_list.txt", text=line + "\n")
    with pytest.raises(ValueError, match=message):
        scan_archive("casia_surf", root)


def test_surf_names_one_list_of_a_kind(raw):
    root = raw("casia_surf")
    add(root, "old/train_list.txt")
    with pytest.raises(ValueError, match=r"several train_list\.txt: old/train_list\.txt, train_list\.txt"):
        scan_archive("casia_surf", root)


def test_lists_of_surf_that_contradict_or_name_too_much(raw):
    root = raw("casia_surf")
    lines = (root / "train_list.txt").read_text().splitlines()
    turned = [line[:-1] + "1" if "fake_part" in line else line for line in lines]
    add(root, "train_list.txt", text="\n".join([*turned, f"{SURF_REAL}/111.jpg a b 1"]) + "\n")
    scan = scan_archive("casia_surf", root)
    fake = "Training/fake_part/CLKJ_AS0005/04_en_b.rssdk/color/101.jpg"
    assert unfit(scan) == {
        fake: "is real in train_list.txt, but its folder says fake; it is not converted.",
        "train_list.txt": f"names 1 images that are missing: {SURF_REAL}/111.jpg.",
    }

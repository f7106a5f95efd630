# SPDX-License-Identifier: Apache-2.0
import pytest
from fixtures.archive_lines import add, scan_archive


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda root: (root / "test_sub_list.txt").unlink(), r"needs one test_sub_list.txt, .*; there is none"),
        (lambda root: add(root, "old/train_sub_list.txt"), "there is 'old/train_sub_list.txt', 'train_sub_list.txt'"),
        (
            lambda root: add(root, "train_sub_list.txt", text="02\nx2\n"),
            "train_sub_list.txt': entry 2, 'x2', is no client number",
        ),
        (lambda root: add(root, "test_sub_list.txt", text="01\n02\n"), "client 02 is in train_sub_list.txt as well"),
    ],
)
def test_msu_needs_the_lists_of_subjects(raw, edit, message):
    root = raw("msu_mfsd")
    edit(root)
    with pytest.raises(ValueError, match=message):
        scan_archive("msu_mfsd", root)

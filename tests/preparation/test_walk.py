# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from flip_mm.preparation.archives.walk import walk


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def reasons(tree):
    return {problem.source: problem.reason for problem in tree.problems}


def test_paths_are_sorted_and_relative(tmp_path):
    touch(tmp_path, "b/2.avi", "b/10.avi", "b-1.avi", "a é/ü x.avi")
    assert walk(tmp_path).files == ["a é/ü x.avi", "b-1.avi", "b/10.avi", "b/2.avi"]


def test_files_of_operating_systems_are_counted(tmp_path):
    touch(tmp_path, "1.avi", ".DS_Store", "._1.avi", "Thumbs.db", "__MACOSX/1.avi", "a/.git/config", "a/desktop.ini")
    tree = walk(tmp_path)
    assert tree.files == ["1.avi"]
    assert tree.hidden == 6


def test_closed_folders_are_listed_and_not_entered(tmp_path):
    touch(tmp_path, "a/color/1.jpg", "a/depth/1.jpg", "depth.jpg")
    tree = walk(tmp_path, closed=lambda name: name == "depth")
    assert (tree.files, tree.folders) == (["a/color/1.jpg", "depth.jpg"], ["a/depth"])


def test_links_to_files_and_folders_are_followed(tmp_path):
    touch(tmp_path, "elsewhere/disk/1.avi", "elsewhere/2.avi")
    root = tmp_path / "raw"
    root.mkdir()
    (root / "part").symlink_to(tmp_path / "elsewhere/disk")
    (root / "2.avi").symlink_to("../elsewhere/2.avi")
    tree = walk(root)
    assert tree.files == ["2.avi", "part/1.avi"]
    assert not tree.problems


def test_circular_and_broken_links_are_problems(tmp_path):
    touch(tmp_path, "a/1.avi")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to("b")
    (tmp_path / "gone.avi").symlink_to("no.avi")
    tree = walk(tmp_path)
    assert tree.files == ["a/1.avi"]
    problems = reasons(tree)
    assert list(problems) == ["a/up", "b", "gone.avi"]
    assert "a link to a folder that contains it" in problems["a/up"]
    assert "cannot be read" in problems["b"]
    assert "broken link" in problems["gone.avi"]


def test_pipes_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "1.avi")
    assert "no regular file" in reasons(walk(tmp_path))["1.avi"]


def test_a_folder_that_cannot_be_read_is_a_problem(tmp_path, monkeypatch):
    touch(tmp_path, "a/1.avi", "b/1.avi")
    scandir = os.scandir

    def refuse(path):
        if str(path).rstrip("/").endswith("b"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    tree = walk(tmp_path)
    assert tree.files == ["a/1.avi"]
    assert reasons(tree) == {"b": "cannot be read: Permission denied; it is not converted."}


def test_names_that_are_not_utf_8_can_be_printed(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"\xff.avi"), "w"):
        tree = walk(tmp_path)
    assert tree.files == []
    assert reasons(tree) == {"\\xff.avi": "has a name that is not UTF-8 or contains control characters; it is not converted."}


@pytest.mark.parametrize("name", ["no", "file"])
def test_a_root_that_is_no_folder(tmp_path, name):
    touch(tmp_path, "file")
    with pytest.raises(ValueError, match=f"The archive '{tmp_path / name}' cannot be read: No"):
        walk(tmp_path / name)

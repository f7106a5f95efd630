# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from flip_mm.utils.tree import Kind, walk_tree


@pytest.fixture
def tree(tmp_path):
    """a/1, a/up -> ., a/self -> itself, b -> a, c/pipe, lost -> nowhere, and .hidden."""
    (tmp_path / "a").mkdir()
    (tmp_path / "c").mkdir()
    for name in ("a/1", ".hidden"):
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "c/pipe")
    for link, target in {"a/up": tmp_path, "a/self": "self", "b": "a", "lost": "nowhere"}.items():
        (tmp_path / link).symlink_to(target)
    return tmp_path


def kinds(root, **options):
    return {entry.path: entry.kind for entry in walk_tree(root, **options) if entry.kind is not Kind.LOOP}


EVERYTHING = {
    ".hidden": Kind.FILE,
    "a": Kind.FOLDER,
    "a/1": Kind.FILE,
    "a/self": Kind.BROKEN,
    "a/up": Kind.FOLDER,
    "b": Kind.FOLDER,
    "c": Kind.FOLDER,
    "c/pipe": Kind.SPECIAL,
    "lost": Kind.BROKEN,
}
BEHIND_THE_LINK = {"b/1": Kind.FILE, "b/self": Kind.BROKEN, "b/up": Kind.FOLDER}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (dict(follow_links=False), EVERYTHING),
        (dict(once=True), EVERYTHING),
        (dict(), EVERYTHING | BEHIND_THE_LINK),
        (
            dict(enter=lambda entry: entry.name != "a"),
            {k: v for k, v in (EVERYTHING | BEHIND_THE_LINK).items() if k[:2] != "a/"},
        ),
    ],
    ids=["links are not followed", "each folder once", "links are followed", "a folder is not entered"],
)
def test_what_is_listed(tree, options, expected):
    assert kinds(tree, **options) == expected


def test_loops_of_links_are_reported(tree):
    assert {entry.path for entry in walk_tree(tree) if entry.kind is Kind.LOOP} == {"a/up", "b/up"}
    assert {entry.path for entry in walk_tree(tree, once=True) if entry.kind is Kind.LOOP} == {"a/up", "b"}


def test_links_and_reasons(tree):
    found = {entry.path: entry for entry in walk_tree(tree, follow_links=False)}
    assert {path for path, entry in found.items() if entry.is_link} == {"a/up", "a/self", "b", "lost"}
    assert found["lost"].reason == ""
    assert "symbolic links" in found["a/self"].reason


@pytest.mark.parametrize("name", ["absent", "a/1"])
def test_a_root_that_cannot_be_listed_is_an_entry(tree, name):
    (entry,) = walk_tree(tree / name)
    assert (entry.path, entry.kind) == ("", Kind.UNREADABLE)
    assert entry.reason.startswith("No")

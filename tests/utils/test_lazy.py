# SPDX-License-Identifier: Apache-2.0
import sys
from importlib import import_module

import pytest


def test_names_of_a_package_are_imported_on_use(tmp_path, monkeypatch):
    (tmp_path / "lazy_room").mkdir()
    (tmp_path / "lazy_room/__init__.py").write_text(
        "from flip_mm.utils.lazy import lazy_names\n__getattr__, __dir__, __all__ = lazy_names(__name__, part=['Thing'])\n"
    )
    (tmp_path / "lazy_room/part.py").write_text("class Thing: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    room = import_module("lazy_room")
    assert "lazy_room.part" not in sys.modules
    assert room.__all__ == ["Thing"]
    assert "Thing" in dir(room)
    assert room.Thing is sys.modules["lazy_room.part"].Thing
    with pytest.raises(AttributeError, match="'lazy_room' has no attribute 'thing'"):
        _ = room.thing

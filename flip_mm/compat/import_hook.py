# SPDX-License-Identifier: Apache-2.0
"""Registers flip_mm's components as soon as MMEngine's runner or MMPretrain is loaded, in whatever order things are imported.

``import flip_mm`` alone loads neither, which takes 10 s. Once it stands in the module cache, a config's
``custom_imports=['flip_mm']`` does nothing more, and nor does MMPretrain's ``get_model('flip_v_p1')``: both find the components
because this hook has imported :mod:`flip_mm.register` by then.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# With one of these loaded, models can be built and checkpoints be read.
TRIGGERS = ("mmengine.runner", "mmpretrain")
# While a module of these is being imported, what it brings cannot be imported by others yet.
PACKAGES = ("mmengine", "mmcv", "mmpretrain", "flip_mm")


def register_when_needed() -> None:
    """Import :mod:`flip_mm.register` at once if one of :data:`TRIGGERS` is loaded, and otherwise when one gets loaded."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    finder.register_if_loaded()


class _Finder(MetaPathFinder):
    """Finds what the other finders find, and looks after each module of :data:`PACKAGES` whether it is time to register."""

    def __init__(self) -> None:
        # Names, not a number: threads may import at the same time.
        self.importing: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self)
        return spec

    def register_if_loaded(self) -> None:
        if not self.importing and not sys.modules.keys().isdisjoint(TRIGGERS) and self in sys.meta_path:
            import_module("flip_mm.register")
            if self in sys.meta_path:
                sys.meta_path.remove(self)


class _Loader(Loader):
    """Another loader, which tells the finder when its module begins and ends."""

    def __init__(self, loader: Any, finder: _Finder) -> None:
        self.loader, self.finder = loader, finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = module.__spec__.loader = self.loader
        self.finder.importing.append(module.__name__)
        try:
            self.loader.exec_module(module)
        finally:
            self.finder.importing.remove(module.__name__)
        self.finder.register_if_loaded()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

# SPDX-License-Identifier: Apache-2.0
"""Register flip_mm's components as soon as mmengine's runner or MMPretrain is imported, in any order of imports.

``import flip_mm`` does not import them, because that takes 10 s. When it is in the module cache, ``custom_imports=['flip_mm']``
in a config has no effect. This hook imports :mod:`flip_mm.register`, so that such configs and MMPretrain's
``get_model('flip_v_p1')`` find the components.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# After one of these is imported, models can be built and checkpoints can be read.
TRIGGERS = ("mmengine.runner", "mmpretrain")
# While a module of these packages is being imported, flip_mm.register cannot import it.
PACKAGES = ("mmengine", "mmcv", "mmpretrain", "flip_mm")


def register_when_needed() -> None:
    """Import :mod:`flip_mm.register` as soon as one of :data:`TRIGGERS` is imported, or now if one already is."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    finder.register_if_loaded()


class _Finder(MetaPathFinder):
    """Uses the other finders, and checks after each module of :data:`PACKAGES` whether to import :mod:`flip_mm.register`."""

    def __init__(self) -> None:
        # Names instead of a number: threads may import at the same time.
        self.importing: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next((spec for finder in others if (spec := finder.find_spec(name, path, target))), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self)
        return spec

    def register_if_loaded(self) -> None:
        if not self.importing and not sys.modules.keys().isdisjoint(TRIGGERS) and self in sys.meta_path:
            import_module("flip_mm.register")
            if self in sys.meta_path:
                sys.meta_path.remove(self)


class _Loader(Loader):
    """Wraps a loader, and tells the finder when the import of its module starts and ends."""

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

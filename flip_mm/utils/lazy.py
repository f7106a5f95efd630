# SPDX-License-Identifier: Apache-2.0
"""Import modules of a package only when their names are used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def lazy_names(package: str, **modules: Sequence[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the functions that a package needs to import its names on use.

    Args:
        package: ``__name__`` of the package.
        **modules: Module of the package -> names in it. No name may equal the name of a module.

    Returns:
        The package's ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    places = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{places[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *places}), sorted(places)

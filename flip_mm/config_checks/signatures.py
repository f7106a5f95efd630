# SPDX-License-Identifier: Apache-2.0
"""Read the arguments of classes and functions, and compare values with their annotations."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal, Union

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import Tensor, nn

NUMBERS = {int: "a whole number", float: "a number"}
SIMPLE = {bool: "True or False", str: "a text", type(None): "None", dict: "a dict", list: "a list", **NUMBERS}
# Packages with exact annotations; classes of other packages often accept more than they are annotated with.
EXACT = ("flip_mm.", "torch.optim.")
# A value for any other class is not checked.
ALIKE = {tuple: list, set: list, frozenset: list, Mapping: dict, Sequence: list}


# Constructors that forward their other arguments to a function.
FORWARDED = {CheckpointHook: Runner.save_checkpoint}


class Numeric:
    """Annotation of a number in packages without exact annotations: only a text is certainly wrong."""


class Numbers:
    """As :class:`Numeric`, for a list of numbers."""


@cache
def arguments(target: Callable) -> Mapping[str, Any] | None:
    """Return the names and annotations of the arguments of a class or function.

    If a constructor gives its ``**kwargs`` only to ``super().__init__``, the arguments of the base class are included.

    Args:
        target: Class or function.

    Returns:
        Name -> annotation (``Any`` if there is none); None if any name is possible.
    """
    if isinstance(target, partial):
        # MMPretrain registers torchvision's transforms as partials of a wrapper that forwards its arguments.
        wrapped = target.keywords.get("transform")
        return arguments(wrapped) if inspect.isclass(wrapped) else None
    if not inspect.isclass(target):
        names, rest = _named(target)
        return None if rest else names
    names: dict[str, Any] = dict.fromkeys(getattr(target, "CONFIG_KEYS", ()), Any)
    if names:
        return {**names, **{name: hint for name, hint in (arguments(target.__base__) or {}).items() if name in names}}
    for cls in inspect.getmro(target):
        if cls in (object, nn.Module):
            return names
        if "__init__" not in vars(cls):
            continue
        inherited, rest = _named(cls.__init__)
        if inherited is None:
            return None
        inherited.pop(next(iter(inherited), ""), None)  # self
        names = {**inherited, **names}
        if cls in FORWARDED:
            return {**_named(FORWARDED[cls])[0], **names}
        if not rest:
            return names
        if not _only_for_super(cls.__init__, rest):
            return None
    return names


def mismatch(value: Any, annotation: Any) -> str:
    """Return what a value must be; empty if it fits, or if the annotation does not allow a check.

    >>> mismatch("ten", int), mismatch(3, int | None), mismatch(1.5, int), mismatch(1, float)
    ('a whole number', '', 'a whole number', '')
    >>> mismatch("x", Literal["a", "b"]), mismatch([1], str | list[str]), mismatch("x", Callable)
    ("'a' or 'b'", '', '')
    """
    expected = []
    if annotation is Numeric:
        return SIMPLE[float] if isinstance(value, str) else ""
    if annotation is Numbers:
        return f"{SIMPLE[list]} of numbers" if isinstance(value, str) else ""
    for option in _options(annotation):
        if typing.get_origin(option) is Literal:
            if value in typing.get_args(option):
                return ""
            expected += [repr(choice) for choice in typing.get_args(option)]
            continue
        kind = typing.get_origin(option) or option
        kind = ALIKE.get(kind, kind)
        if kind is Tensor:
            continue
        if kind not in SIMPLE or _fits(value, kind):
            return ""
        expected.append(SIMPLE[kind])
    return " or ".join(dict.fromkeys(word for word in expected if word != "None"))


def _options(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (Union, types.UnionType):
        return tuple(inner for option in typing.get_args(annotation) for inner in _options(option))
    return (annotation,)


def _fits(value: Any, kind: type) -> bool:
    if kind in NUMBERS and isinstance(value, bool):
        return False
    if kind is int:
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if kind is float:
        return isinstance(value, (int, float))
    if kind is bool:
        return isinstance(value, bool) or value in (0, 1)
    if kind is list:
        return isinstance(value, (list, tuple, set, frozenset))
    return isinstance(value, kind)


def _named(function: Callable) -> tuple[dict[str, Any] | None, str]:
    """Arguments that can be passed by name, with annotations, and the name of ``**kwargs``; (None, '') if unknown."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None, ""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation may name anything, such as a name that only type checkers import
        hints = {}
    exact = f"{function.__module__}.".startswith(EXACT)
    annotations = {name: hint if exact else _inexact(hint) for name, hint in hints.items()}
    named = {
        p.name: _or_none(annotations.get(p.name, Any), p.default)
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    return named, next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), "")


def _inexact(annotation: Any) -> Any:
    options = {*_options(annotation)} - {type(None), Tensor}
    if options and options <= NUMBERS.keys():
        return Numeric
    if options and all(typing.get_origin(option) in (list, tuple, Sequence) for option in options):
        inner = {item for option in options for item in typing.get_args(option)} - {...}
        return Numbers if inner and inner <= NUMBERS.keys() else Any
    return Any


def _or_none(annotation: Any, default: Any) -> Any:
    return annotation if default is not None or annotation in (Any, Numeric, Numbers) else Union[annotation, None]  # noqa: UP007


def _only_for_super(init: Callable, name: str) -> bool:
    """Whether a constructor only gives ``**name`` to ``super().__init__``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
    except (OSError, TypeError, SyntaxError):
        return False
    forwarded = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".__init__") and "super" in ast.unparse(node.func)
        for keyword in node.keywords
        if keyword.arg is None
    ]
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    return bool(used) and all(any(node is value for value in forwarded) for node in used)

# SPDX-License-Identifier: Apache-2.0
"""What a class or function can be given by a config: names of arguments and values of the simple types."""

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
# Packages whose annotations say all that is taken; of others many lists and texts pass for what they are annotated as.
EXACT = ("flip_mm.", "torch.optim.")
# An annotation with any other class may take anything that the class makes something of.
ALIKE = {tuple: list, set: list, frozenset: list, Mapping: dict, Sequence: list}


# Constructors that keep what they do not name for one function.
FORWARDED = {CheckpointHook: Runner.save_checkpoint}


class Numeric:
    """Annotation of a number where the package's annotations are not exact: only a text is certainly wrong."""


class Numbers:
    """As :class:`Numeric`, of a list of numbers."""


@cache
def arguments(target: Callable) -> Mapping[str, Any] | None:
    """Names of the arguments that a class or function takes, and their annotations.

    ``**kwargs`` of a constructor are followed into the class above where they go there as a whole and nowhere else.

    Args:
        target: Class or function.

    Returns:
        Name -> annotation, ``Any`` where there is none; None where any name may be meant.
    """
    if isinstance(target, partial):
        # MMPretrain registers torchvision's transforms as partials of a wrapper that hands its arguments to them.
        wrapped = target.keywords.get("transform")
        return arguments(wrapped) if inspect.isclass(wrapped) else None
    if not inspect.isclass(target):
        found, rest = _named(target)
        return None if rest else found
    found: dict[str, Any] = dict.fromkeys(getattr(target, "CONFIG_KEYS", ()), Any)
    if found:
        return {**found, **{name: hint for name, hint in (arguments(target.__base__) or {}).items() if name in found}}
    for cls in inspect.getmro(target):
        if cls in (object, nn.Module):
            return found
        if "__init__" not in vars(cls):
            continue
        own, rest = _named(cls.__init__)
        if own is None:
            return None
        own.pop(next(iter(own), ""), None)  # self
        found = {**own, **found}
        if cls in FORWARDED:
            return {**_named(FORWARDED[cls])[0], **found}
        if not rest:
            return found
        if not _only_for_super(cls.__init__, rest):
            return None
    return found


def mismatch(value: Any, annotation: Any) -> str:
    """What a value must be in place of what it is; empty where it fits, or where the annotation leaves it open.

    >>> mismatch("ten", int), mismatch(3, int | None), mismatch(1.5, int), mismatch(1, float)
    ('a whole number', '', 'a whole number', '')
    >>> mismatch("x", Literal["a", "b"]), mismatch([1], str | list[str]), mismatch("x", Callable)
    ("'a' or 'b'", '', '')
    """
    wanted = []
    if annotation is Numeric:
        return SIMPLE[float] if isinstance(value, str) else ""
    if annotation is Numbers:
        return f"{SIMPLE[list]} of numbers" if isinstance(value, str) else ""
    for option in _options(annotation):
        if typing.get_origin(option) is Literal:
            if value in typing.get_args(option):
                return ""
            wanted += [repr(choice) for choice in typing.get_args(option)]
            continue
        kind = typing.get_origin(option) or option
        kind = ALIKE.get(kind, kind)
        if kind is Tensor:
            continue
        if kind not in SIMPLE or _fits(value, kind):
            return ""
        wanted.append(SIMPLE[kind])
    return " or ".join(dict.fromkeys(word for word in wanted if word != "None"))


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
    """Arguments that can be given by name, with annotations, and the name of ``**kwargs``; (None, '') where unknown."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None, ""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # an annotation may name anything, such as what is imported for type checkers alone
        hints = {}
    exact = f"{function.__module__}.".startswith(EXACT)
    known = {name: hint if exact else _inexact(hint) for name, hint in hints.items()}
    found = {
        p.name: _or_none(known.get(p.name, Any), p.default)
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    return found, next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), "")


def _inexact(annotation: Any) -> Any:
    options = {*_options(annotation)} - {type(None), Tensor}
    if options and options <= NUMBERS.keys():
        return Numeric
    if options and all(typing.get_origin(option) in (list, tuple, Sequence) for option in options):
        inner = {own for option in options for own in typing.get_args(option)} - {...}
        return Numbers if inner and inner <= NUMBERS.keys() else Any
    return Any


def _or_none(annotation: Any, default: Any) -> Any:
    return annotation if default is not None or annotation in (Any, Numeric, Numbers) else Union[annotation, None]  # noqa: UP007


def _only_for_super(init: Callable, name: str) -> bool:
    """Whether ``**name`` of a constructor is handed to ``super().__init__`` and used for nothing else."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
    except (OSError, TypeError, SyntaxError):
        return False
    handed = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".__init__") and "super" in ast.unparse(node.func)
        for keyword in node.keywords
        if keyword.arg is None
    ]
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    return bool(used) and all(any(node is value for value in handed) for node in used)

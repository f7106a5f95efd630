# SPDX-License-Identifier: Apache-2.0
"""Compute how much memory the pickle of a checkpoint needs, without building its objects.

torch's ``weights_only`` restricts what a pickle calls, but not the sizes: ``bytearray(1 << 40)`` or a numpy array of any shape
is a few bytes of pickle. Here the pickle is run with stubs that allocate nothing and compare sizes.
"""

from __future__ import annotations

import io
import math
import pickle
import re
from collections.abc import Callable, Iterable
from reprlib import repr as short
from typing import Any, BinaryIO

import numpy as np
import torch

from .memory_budget import ALLOWANCE, Sizes, TooLarge

# The opcodes that torch's unpickler accepts.
CONTAINERS = "MARK EMPTY_DICT EMPTY_LIST EMPTY_SET TUPLE TUPLE1 TUPLE2 TUPLE3"
OTHERS = (
    "STOP PROTO GLOBAL REDUCE NEWOBJ BUILD BINPERSID EMPTY_TUPLE NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT "
    "BINUNICODE SHORT_BINSTRING APPEND APPENDS SETITEM SETITEMS BINGET LONG_BINGET BINPUT LONG_BINPUT"
)
# These make objects no larger than their arguments. A container, or one entry of it, needs at most ITEM bytes.
HARMLESS = {
    *("collections.OrderedDict", "collections.Counter", "builtins.set", "builtins.complex", "torch.Size", "torch.device"),
    *("torch.nn.parameter.Parameter", "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"),
    *("torch.serialization._get_layout", "mmengine.logging.history_buffer.HistoryBuffer"),
}
ITEM = 64
STORAGE = re.compile(r"torch(?:\.cuda|\.storage)?\.(\w+)Storage")
BYTES = dict(
    **dict(Untyped=1, Bool=1, Byte=1, Char=1, QInt8=1, QUInt8=1, QUInt4x2=1, QUInt2x4=1, Half=2, BFloat16=2, Short=2),
    **dict(Int=4, Float=4, QInt32=4, Long=8, Double=8, ComplexFloat=8, ComplexDouble=16),
)
TENSORS = {f"torch._utils._rebuild_tensor{version}" for version in ("", "_v2", "_v3")}
# torch calls some functions of these packages, with any size.
KNOWN = ("torch.", "numpy.", "_codecs.encode", "builtins.bytearray")
ARRAYS = {f"numpy.{core}.multiarray._reconstruct" for core in ("core", "_core")}
SCALARS = {f"numpy.{core}.multiarray.scalar" for core in ("core", "_core")}
NUMBER = re.compile(r"[<>=|]?([?]|[biufc]\d{1,2})")
# Pickles of protocol 2 contain bytes in these encodings. Other codecs may return more bytes than they get.
ENCODINGS = ("latin1", "latin-1", "utf-8", "ascii")


class ForeignCall(ValueError):
    """A pickle calls a function that no checkpoint needs; the message is its name."""


class ForeignTensor(ValueError):
    """A sparse, quantised or other special tensor of unknown size; the message is the function that makes it."""


def check_pickle(file: BinaryIO, sizes: Sizes) -> None:
    """Run one pickle without building its objects, and check their sizes.

    Args:
        file: Open at the start of the pickle; afterwards at its end.
        sizes: The memory that it may need; adds to it.

    Raises:
        TooLarge: It needs more.
        ForeignCall: It contains more than tensors, arrays of numbers, plain containers and mmengine's logs.
        ForeignTensor: It contains a tensor that is not dense.
        Exception: It is no pickle that torch reads.
    """
    _count(_SizeChecker(file, sizes).load(), {}, sizes.size + ALLOWANCE // ITEM)


class _Name:
    """Stub of a class or function."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return self.path


class _Made(list):
    """Stub of an object; contains the arguments that it was made of."""

    def __setitem__(self, key: Any, value: Any) -> None:
        self.extend((key, value))

    __hash__ = object.__hash__


class _Storage:
    """Stub of a storage; sizes in bytes."""

    def __init__(self, size: int, item: int) -> None:
        self.size, self.item = size, item


class _Dtype(int):
    """Stub of numpy's; bytes per item."""


class _Array:
    """Stub of numpy's."""


class _BoundedFile:
    """A file that never allocates more bytes than it contains."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        position = file.tell()
        self.size = file.seek(0, io.SEEK_END)
        file.seek(position)
        self.readline = file.readline

    def read(self, count: int) -> bytes:
        if count > self.size - self.file.tell():
            raise EOFError("the file is cut off")
        return self.file.read(count)


class _SizeChecker(pickle._Unpickler):
    """Runs a pickle without calling the functions in it."""

    def __init__(self, file: BinaryIO, sizes: Sizes) -> None:
        super().__init__(_BoundedFile(file), encoding="utf-8")
        self.sizes = sizes

    def find_class(self, module: str, name: str) -> _Name:
        """Return a stub; pickles of protocol 2 have Python 2's name of the builtins."""
        return _Name(f"{'builtins' if module == '__builtin__' else module}.{name}")

    def persistent_load(self, pid: tuple) -> _Storage:
        """Return the stub of a storage."""
        _, kind, key, _, count, *view = pid
        item = BYTES[STORAGE.fullmatch(kind.path)[1]]
        if view not in ([], [None]):
            raise TooLarge("it contains a part of a storage as a storage")
        self.sizes.add_storage(key, count * item)
        return _Storage(count * item, item)

    def load_reduce(self) -> None:
        """Call a function, or make an object: torch treats both in the same way."""
        arguments, name = self.stack.pop(), self.stack.pop()
        self.append(self.make(name.path, *arguments))

    def load_build(self) -> None:
        """Fill an object."""
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, _Array):
            _, shape, item, _, data = state
            if not isinstance(data, bytes) or len(data) != math.prod(_integers(shape)) * item:
                raise TooLarge(f"it contains an array of shape {short(shape)} without the bytes for it")
        elif isinstance(made, _Dtype):
            if tuple(state[2:7]) != (None, None, None, -1, -1):
                raise TooLarge("it contains an array of something else than numbers")
        else:
            made.append(state)

    def load_setitem(self) -> None:
        """Add one entry to a dict."""
        _check_keys(self.stack[-2:-1])
        super().load_setitem()

    def load_setitems(self) -> None:
        """Add the entries after the last mark to a dict."""
        _check_keys(self.stack[::2])
        super().load_setitems()

    def make(self, path: str, *arguments: Any) -> Any:
        """Return a stub of the result of a call.

        Raises:
            TooLarge: It needs too much memory, or an unknown amount.
            ForeignCall: torch would not call the function.
            ForeignTensor: The result would be a tensor that is not dense.
        """
        if path in HARMLESS:
            _check_keys(part for value in arguments if isinstance(value, (list, tuple)) for part in value)
            self.sizes.spend(sum(ITEM * (1 + _length(value)) for value in arguments), f"its {path}")
            return _Made(arguments)
        if path in TENSORS:
            return self.make_tensor(*arguments)
        if path == "torch._tensor._rebuild_from_type_v2":
            function, _, inner, state = arguments
            return _Made((self.make(function.path, *inner), state))
        if path in ("_codecs.encode", "builtins.bytearray"):
            text, *more = arguments
            if isinstance(text, (str, bytes)) and (not more or more[0] in ENCODINGS):
                self.sizes.spend(2 * len(text), "its texts")
                return text.encode(more[0]) if isinstance(text, str) and more else text
        elif path == "numpy.dtype" and NUMBER.fullmatch(arguments[0]):
            return _Dtype(np.dtype(arguments[0]).itemsize)
        elif path in SCALARS and isinstance(arguments[0], _Dtype):
            return _Made()
        elif path in ARRAYS and arguments[1] == (0,):
            return _Array()
        if not path.startswith(KNOWN):
            raise ForeignCall(path)
        if path.startswith("torch._utils._rebuild_"):
            raise ForeignTensor(path)
        raise TooLarge(f"it makes a {path} of {', '.join(map(short, arguments))}")

    def make_tensor(self, storage: _Storage, offset: int, size: tuple, stride: tuple, *more: Any) -> _Made:
        """Return the stub of a tensor, which must be inside its storage; otherwise torch would enlarge the storage."""
        kinds = [getattr(torch, value.path.removeprefix("torch."), None) for value in more if isinstance(value, _Name)]
        item = next((kind.itemsize for kind in kinds if isinstance(kind, torch.dtype)), storage.item)
        sides, steps, (start,) = _integers(size), _integers(stride), _integers((offset,))
        count = math.prod(sides)
        if count and (start + sum((n - 1) * step for n, step in zip(sides, steps, strict=True)) + 1) * item > storage.size:
            raise TooLarge(f"it contains a tensor of shape {short(size)} with a storage of {storage.size:,} bytes")
        self.sizes.spend(max(0, count * item - storage.size), f"its tensor of shape {short(size)}")
        return _Made(more)


def _codes(names: str) -> list[int]:
    return [getattr(pickle, name)[0] for name in names.split()]


def _counted(load: Callable[[_SizeChecker], None]) -> Callable[[_SizeChecker], None]:
    """Add the memory of a container to a load function."""

    def count(self: _SizeChecker) -> None:
        self.sizes.spend(ITEM, "its containers")
        load(self)

    return count


PLAIN = pickle._Unpickler.dispatch
_SizeChecker.dispatch = {
    **{code: PLAIN[code] for code in _codes(OTHERS)},
    **{code: _counted(PLAIN[code]) for code in _codes(CONTAINERS)},
    **dict.fromkeys(_codes("REDUCE NEWOBJ"), _SizeChecker.load_reduce),
    **dict.fromkeys(_codes("BUILD"), _SizeChecker.load_build),
    **dict.fromkeys(_codes("SETITEM"), _SizeChecker.load_setitem),
    **dict.fromkeys(_codes("SETITEMS"), _SizeChecker.load_setitems),
}


def _integers(values: Any) -> list[int]:
    """Check sizes or strides: integers that are not negative."""
    if not isinstance(values, (tuple, list)) or not all(type(value) is int and value >= 0 for value in values):
        raise TooLarge(f"it contains a tensor or array of shape {short(values)}")
    return list(values)


def _check_keys(keys: Iterable) -> None:
    """Refuse nested tuples as keys: their hash takes as long as printing them."""
    if any(isinstance(key, tuple) and any(isinstance(part, tuple) for part in key) for key in keys):
        raise TooLarge("it has nested tuples as keys")


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes, list, tuple, dict, set)) else 0


def _count(value: Any, counts: dict[int, int | None], most: int) -> int:
    """Count the objects in a value, repeated ones repeatedly, as printing or copying would do.

    Raises:
        TooLarge: There are more than ``most``, or a value contains itself.
    """
    if not isinstance(value, (list, tuple, dict, set)) or not value:
        return 1
    if id(value) not in counts:
        counts[id(value)] = None
        parts = [*value, *value.values()] if isinstance(value, dict) else list(value)
        counts[id(value)] = 1 + sum(_count(part, counts, most) for part in parts)
    count = counts[id(value)]
    if count is None or count > most:
        raise TooLarge("its containers contain each other too often")
    return count

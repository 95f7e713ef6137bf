"""Pickles of arrays read without running anything.

Python's unpickler imports and calls what a file names. This one is not an unpickler: it walks the opcodes (the
standard library's ``pickletools``) with a stack of plain data, knows the few constructors that files of the SMPL
family consist of as *names*, and builds arrays itself. Any other name, and any opcode that only other files need, ends
the reading. chumpy, with which older files were written, is read through inert nodes and never imported.
"""

from __future__ import annotations

import mmap
import pickletools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...errors import BadInput, DamagedModel, TooLarge, UnsafeModel
from .pickled_parts import (
    ArrayPart,
    DtypePart,
    Name,
    ObjectPart,
    Opaque,
    built,
    called,
    known_name,
)

MAX_BYTES = 1 << 30
MAX_OPCODES = 200_000
MAX_INTEGER_BYTES = 64
PICKLE_FIX = "Use the file as it was downloaded from the model's own site."
_MARK = object()


def load_pickle(path: Path) -> Any:
    """The data of a pickle: dictionaries with plain keys, lists, tuples, numbers, text, bytes, and parts.

    Raises UnsafeModel for a file that names anything but arrays, DamagedModel for one that is not a whole pickle, and
    TooLarge for one that is larger, or has more parts, than any model. Memory stays within a few times the file's size.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise TooLarge(f"{path.name} has {size >> 20} MB, more than any model.", PICKLE_FIX)
    if size == 0:
        raise DamagedModel(f"{path.name} is empty.", PICKLE_FIX)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return _Machine(path.name).run(view)


def _opcodes(view: mmap.mmap, name: str) -> Iterator[tuple[str, Any]]:
    """Opcodes with their arguments; a file that breaks off or holds other bytes is a DamagedModel."""
    stream = pickletools.genops(view)  # type: ignore[arg-type]  # a map of a file reads as a file does
    for count in range(MAX_OPCODES + 1):
        try:
            code, argument, _ = next(stream)
        except StopIteration:
            return
        except (ValueError, UnicodeError, OverflowError, MemoryError) as error:
            raise DamagedModel(f"{name} is not a whole pickle.", PICKLE_FIX) from error
        if count == MAX_OPCODES:
            raise TooLarge(f"{name} consists of more parts than any model.", PICKLE_FIX)
        yield code.name, argument


class _Machine:
    """The pickle machine, with data only."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self, view: mmap.mmap) -> Any:
        """Walk to STOP and answer what lies on top."""
        for code, argument in _opcodes(view, self.name):
            try:
                if code == "STOP":
                    return self.pop()
                self.step(code, argument)
            except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise DamagedModel(f"{self.name} is not a pickle of arrays.", PICKLE_FIX) from error
        raise DamagedModel(f"{self.name} breaks off.", PICKLE_FIX)

    def step(self, code: str, argument: Any) -> None:
        """One opcode."""
        if code in _PUSHED:
            if isinstance(argument, int) and argument.bit_length() > 8 * MAX_INTEGER_BYTES:
                raise UnsafeModel(f"{self.name} holds a number of {argument.bit_length()} bits.", PICKLE_FIX)
            self.stack.append(argument)
        elif code in _CONSTANTS:
            self.stack.append(_CONSTANTS[code]())
        elif code in _ACTIONS:
            _ACTIONS[code](self, argument)
        else:
            raise UnsafeModel(f"{self.name} uses {code}, which no file of arrays needs.", PICKLE_FIX)

    def pop(self) -> Any:
        """Take the top; a mark in its place is a broken file."""
        value = self.stack.pop()
        if value is _MARK:
            raise ValueError("a mark where a value should be")
        return value

    def pop_to_mark(self) -> list[Any]:
        """Take everything above the last mark, and the mark."""
        taken = []
        while (value := self.stack.pop()) is not _MARK:
            taken.append(value)
        return taken[::-1]

    def top(self) -> Any:
        """Look at the top."""
        value = self.stack[-1]
        if value is _MARK:
            raise ValueError("a mark where a value should be")
        return value

    def drop(self, _: Any) -> None:
        """Take the top away, a mark too."""
        self.stack.pop()

    def drop_to_mark(self, _: Any) -> None:
        """Take a group away."""
        self.pop_to_mark()

    def mark(self, _: Any) -> None:
        """Begin a group."""
        self.stack.append(_MARK)

    def put(self, place: Any) -> None:
        """Remember the top; MEMOIZE has no place of its own."""
        self.memo[len(self.memo) if place is None else place] = self.top()

    def get(self, place: Any) -> None:
        """Bring something back."""
        self.stack.append(self.memo[int(place)])

    def make_tuple(self, _: Any) -> None:
        """What lies above the mark."""
        self.stack.append(tuple(self.pop_to_mark()))

    def make_list(self, _: Any) -> None:
        """What lies above the mark."""
        self.stack.append(self.pop_to_mark())

    def make_dict(self, _: Any) -> None:
        """Pairs above the mark."""
        values = self.pop_to_mark()
        made: dict[Any, Any] = {}
        _fill(made, values)
        self.stack.append(made)

    def make_set(self, _: Any) -> None:
        """Sets are of no use to a body; their members are dropped (hashing them may take for ever)."""
        self.pop_to_mark()
        self.stack.append(Opaque("set"))

    def last(self, count: int) -> None:
        """A tuple of the last values."""
        values = [self.pop() for _ in range(count)]
        self.stack.append(tuple(reversed(values)))

    def append(self, _: Any) -> None:
        """Add one value to a list."""
        value, target = self.pop(), self.top()
        _list_of(target).append(value)

    def appends(self, _: Any) -> None:
        """Add values to a list."""
        values, target = self.pop_to_mark(), self.top()
        _list_of(target).extend(values)

    def set_item(self, _: Any) -> None:
        """Add one pair to a dictionary."""
        value, key = self.pop(), self.pop()
        _fill(_dict_of(self.top()), [key, value])

    def set_items(self, _: Any) -> None:
        """Add pairs to a dictionary."""
        values = self.pop_to_mark()
        _fill(_dict_of(self.top()), values)

    def add_items(self, _: Any) -> None:
        """Add to a set, which is opaque."""
        self.pop_to_mark()
        if not isinstance(self.top(), Opaque):
            raise ValueError("not a set")

    def global_name(self, words: Any) -> None:
        """A name as text: "module name"."""
        module, _, name = words.partition(" ")
        self.stack.append(known_name(module, name, self.name))

    def stack_global(self, _: Any) -> None:
        """A name whose two parts lie on the stack."""
        name, module = self.pop(), self.pop()
        if not (isinstance(name, str) and isinstance(module, str)):
            raise ValueError("a name must be text")
        self.stack.append(known_name(module, name, self.name))

    def reduce(self, _: Any) -> None:
        """What a call of a known name would answer."""
        arguments, target = self.pop(), self.pop()
        self.stack.append(called(target, arguments, self.name))

    def new_object(self, _: Any) -> None:
        """An object of a known class, empty."""
        arguments, target = self.pop(), self.pop()
        if not isinstance(target, Name) or arguments != ():
            raise ValueError("not a class")
        self.stack.append(ObjectPart(target))

    def build(self, _: Any) -> None:
        """Give an object its state."""
        state, target = self.pop(), self.top()
        if not isinstance(target, ArrayPart | DtypePart | ObjectPart | Opaque):
            raise UnsafeModel(f"{self.name} gives a state to something that takes none.", PICKLE_FIX)
        built(target, state)


def _fill(target: dict[Any, Any], pairs: list[Any]) -> None:
    """Pairs with plain keys; others belong to chumpy's caches and are left out."""
    if len(pairs) % 2:
        raise ValueError("a key without a value")
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if isinstance(key, bytes):
            key = key.decode("latin1")
        if isinstance(key, str | int):
            target[key] = value


def _list_of(target: Any) -> list[Any]:
    if not isinstance(target, list):
        raise ValueError("not a list")
    return target


def _dict_of(target: Any) -> dict[Any, Any]:
    if not isinstance(target, dict):
        raise ValueError("not a dictionary")
    return target


_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_TEXTS = ("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_PUSHED = frozenset((*_NUMBERS, *_TEXTS, *_BYTES))
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": lambda: Opaque("set"),
}
_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, version: None,
    "FRAME": lambda machine, length: None,
    "MARK": _Machine.mark,
    "POP": _Machine.drop,
    "POP_MARK": _Machine.drop_to_mark,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "TUPLE": _Machine.make_tuple,
    "TUPLE1": lambda machine, _: machine.last(1),
    "TUPLE2": lambda machine, _: machine.last(2),
    "TUPLE3": lambda machine, _: machine.last(3),
    "LIST": _Machine.make_list,
    "DICT": _Machine.make_dict,
    "FROZENSET": _Machine.make_set,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "ADDITEMS": _Machine.add_items,
    "GLOBAL": _Machine.global_name,
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "NEWOBJ": _Machine.new_object,
    "BUILD": _Machine.build,
}


def plain_root(path: Path) -> dict[str, Any]:
    """The dictionary that a model file is. Raises what ``load_pickle`` raises, and BadInput for another root."""
    root = load_pickle(path)
    if not isinstance(root, dict):
        raise BadInput(f"{path.name} holds no model: there is no dictionary in it.", PICKLE_FIX)
    return {key: value for key, value in root.items() if isinstance(key, str)}

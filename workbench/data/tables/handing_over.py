"""An answer about a table, how far it is, or why there is none goes from one process to another.

It goes as plain values and arrays, of which nothing is unpickled or executed; what may be many texts goes by the
thousand, so that whoever takes them never holds Python's interpreter, and with it a window, for long.
"""

import marshal
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.pictures import Tone
from workbench.data.mapped import mapped
from workbench.data.rows import Rows, Values
from workbench.data.source import BrokenFile, DataError, Examples, Loaded, SourceFacts, WrongColumn
from workbench.spec.column import Column
from workbench.spec.record import Record

LENGTH_BYTES = 8
"""Before each part comes its length."""

AT_ONCE = 1024
"""The number of texts in a part."""


class Progressed(Record, tag=True):
    """How far the work is, as ``Progress`` is told."""

    what: str
    done: int
    total: int


class _Refused(Record, tag=True):
    sentence: str
    is_wrong_column: bool


class _Known(Record, tag=True):
    facts: SourceFacts


class _Array(Record):
    """An array whose bytes follow; or, with the name of a ``file``, rows mapped from it, whose indices follow."""

    dtype: str
    shape: tuple[int, ...]
    file: str = ""
    num_rows: int = 0


class _Split(Record):
    """Examples whose arrays, and ``num_names`` names, follow."""

    inputs: _Array
    targets: dict[str, _Array]
    groups: _Array | None
    sizes: _Array | None
    num_names: int | None


class _Given(Record, tag=True):
    """``Loaded``, of which the splits' values, excluded files and names follow."""

    columns: tuple[Column, ...]
    splits: dict[str, _Split]
    num_broken: int
    num_unusable: int
    notes: tuple[str, ...]
    test_share: float
    num_usable: dict[str, int] | None
    num_examined: int | None
    tone: tuple[float, float] | None


_PARTS: msgspec.msgpack.Decoder[Progressed | _Refused | _Known | _Given] = msgspec.msgpack.Decoder(
    Progressed | _Refused | _Known | _Given
)


def hand_over(answer: SourceFacts | Loaded | Progressed | DataError, stream: BinaryIO) -> None:
    """Write an answer, why there is none, or how far it is."""
    if isinstance(answer, Loaded):
        _hand_over_loaded(answer, stream)
    elif isinstance(answer, DataError):
        sentence = str(answer).encode("utf-8", "replace").decode()  # JSON may have half a character
        _write(_encoded(_Refused(sentence=sentence, is_wrong_column=isinstance(answer, WrongColumn))), stream)
    else:
        _write(_encoded(_Known(facts=answer) if isinstance(answer, SourceFacts) else answer), stream)


def take_over(stream: BinaryIO) -> SourceFacts | Loaded | Progressed | DataError:
    """Read what was written. Raises EOFError if the stream ends before it."""
    told = _PARTS.decode(_read(stream))
    if isinstance(told, _Refused):
        return WrongColumn(told.sentence) if told.is_wrong_column else DataError(told.sentence)
    if isinstance(told, _Known):
        return told.facts
    return _taken_over(told, stream) if isinstance(told, _Given) else told


def _hand_over_loaded(loaded: Loaded, stream: BinaryIO) -> None:
    given = _Given(
        columns=loaded.columns,
        splits={name: _split(examples) for name, examples in loaded.splits.items()},
        num_broken=len(loaded.broken),
        num_unusable=len(loaded.unusable),
        notes=loaded.notes,
        test_share=loaded.test_share,
        num_usable=None if loaded.num_usable is None else dict(loaded.num_usable),
        num_examined=loaded.num_examined,
        tone=loaded.tone,
    )
    _write(_encoded(given), stream)
    for examples in loaded.splits.values():
        for values in (examples.inputs, *examples.targets.values(), examples.groups, examples.sizes):
            if values is not None:
                _write_values(values, stream)
        _write_texts([] if examples.names is None else examples.names, stream)
    _write_texts([each.path for each in loaded.broken], stream)
    _write_texts([each.reason for each in loaded.broken], stream)
    _write_texts(loaded.unusable, stream)


def _taken_over(given: _Given, stream: BinaryIO) -> Loaded:
    splits = {name: _examples(split, stream) for name, split in given.splits.items()}
    paths, reasons = list(_texts(given.num_broken, stream)), list(_texts(given.num_broken, stream))
    return Loaded(
        columns=given.columns,
        train=splits["train"],
        val=splits.get("val"),
        test=splits.get("test"),
        broken=tuple(BrokenFile(path=path, reason=reason) for path, reason in zip(paths, reasons, strict=True)),
        notes=given.notes,
        test_share=given.test_share,
        num_usable=given.num_usable,
        num_examined=given.num_examined,
        tone=None if given.tone is None else Tone(*given.tone),
        unusable=tuple(_texts(given.num_unusable, stream)),
    )


def _split(examples: Examples) -> _Split:
    return _Split(
        inputs=_array(examples.inputs),
        targets={name: _array(values) for name, values in examples.targets.items()},
        groups=None if examples.groups is None else _array(examples.groups),
        sizes=None if examples.sizes is None else _array(examples.sizes),
        num_names=None if examples.names is None else len(examples.names),
    )


def _examples(split: _Split, stream: BinaryIO) -> Examples:
    inputs = _values(split.inputs, stream)
    targets = {name: _values(array, stream) for name, array in split.targets.items()}
    groups = None if split.groups is None else _plain(split.groups, stream)
    sizes = None if split.sizes is None else _plain(split.sizes, stream)
    texts = _texts(split.num_names or 0, stream)
    names = None if split.num_names is None else np.fromiter(texts, object, split.num_names)
    return Examples(inputs=inputs, targets=targets, groups=groups, names=names, sizes=sizes)


def _array(values: Values) -> _Array:
    place = values.place if isinstance(values, Rows) else None
    if place is None:
        return _Array(dtype=values.dtype.str, shape=values.shape)
    file, shape, rows = place
    return _Array(dtype=values.dtype.str, shape=shape, file=str(file), num_rows=len(rows))


def _write_values(values: Values, stream: BinaryIO) -> None:
    place = values.place if isinstance(values, Rows) else None
    plain = np.ascontiguousarray(values if place is None else place[2])
    stream.write(plain.data.cast("B") if plain.size else b"")


def _values(array: _Array, stream: BinaryIO) -> Values:
    if not array.file:
        return _plain(array, stream)
    rows = _plain(_Array(dtype="<i8", shape=(array.num_rows,)), stream)
    return mapped(Path(array.file), array.shape).only(rows)


def _plain(array: _Array, stream: BinaryIO) -> NDArray[Any]:
    found = np.empty(array.shape, array.dtype)
    if found.size and stream.readinto(found.data.cast("B")) < found.nbytes:  # type: ignore[attr-defined]
        raise EOFError
    return found


def _write_texts(texts: Sequence[str] | NDArray[np.object_], stream: BinaryIO) -> None:
    for begin in range(0, len(texts), AT_ONCE):
        _write(marshal.dumps(list(texts[begin : begin + AT_ONCE])), stream)


def _texts(num: int, stream: BinaryIO) -> Iterator[str]:
    return chain.from_iterable(marshal.loads(_read(stream)) for _ in range(0, num, AT_ONCE))


_encoded = msgspec.msgpack.encode


def _write(part: bytes, stream: BinaryIO) -> None:
    stream.write(len(part).to_bytes(LENGTH_BYTES))
    stream.write(part)


def _read(stream: BinaryIO) -> bytes:
    """Return the next part. Raises EOFError at the end of the stream."""
    head = stream.read(LENGTH_BYTES)
    data = stream.read(int.from_bytes(head))
    if len(head) < LENGTH_BYTES or len(data) < int.from_bytes(head):
        raise EOFError
    return data

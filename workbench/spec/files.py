"""Experiments and architectures as JSON files: readable, versioned, diffable.

Reading is strict: an unknown key, a wrong type, a missing node, a cycle or a file of a newer version ends
in one ``SpecError`` that names the file and the place. Writing gives the same bytes for equal records.
"""

import json
import math
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from workbench import shipped
from workbench.spec.catalogue import plain_validation
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.library import LibraryBlock
from workbench.spec.own_files import absolute
from workbench.spec.problems import SpecError, near_names
from workbench.spec.record import Record
from workbench.spec.structure import check_structure

T = TypeVar("T", bound=Experiment | Architecture | LibraryBlock)

FORMATS: dict[type[Record], str] = {
    Experiment: "workbench/experiment",
    Architecture: "workbench/architecture",
    LibraryBlock: "workbench/block",
}
VERSION = 1
LINE_LENGTH = 120
MAX_FILE_BYTES = 20_000_000
"""An experiment is text that a person could read; anything larger is not one."""
MAX_NESTING = 50
STDIN = "-"
"""In place of a file's name: what comes in is read."""
_TOO_DEEP = "nested too deeply for an experiment"
MAX_DIGITS = 20
"""Those of the largest number of 64 bits, with a sign."""


def to_json(record: Record) -> str:
    """The record as JSON text. Defaults are left out; whatever fits on a line stands on one."""
    return _layout(_without_defaults(record), indent=0) + "\n"


def from_json(text: str | bytes, kind: type[T], source: str = "") -> T:
    """Read a record back. ``source`` (a file's name) begins the message of the SpecError on a mistake."""
    place = f"{source}: " if source else ""
    try:
        plain = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=read_integer,
            parse_float=read_number,
            object_pairs_hook=_refuse_duplicates,
        )
        _refuse_deep(plain)
        _refuse_half_characters(plain)
        _check_format(plain, kind)
        record = msgspec.convert(_resolve_architecture(plain, kind), kind)
    except msgspec.ValidationError as error:
        raise SpecError(f"{place}{plain_validation(str(error))}") from None
    except json.JSONDecodeError as error:
        raise SpecError(
            f"{place}line {error.lineno}, column {error.colno}: not valid JSON: "
            f"{error.msg.removesuffix(' starting at')}"
        ) from None
    except UnicodeDecodeError:
        raise SpecError(f"{place}not a text file") from None
    except RecursionError:
        raise SpecError(f"{place}{_TOO_DEEP}") from None
    except SpecError as error:
        raise SpecError(f"{place}{error}") from None
    problems = check_structure(_drawn(record))
    if problems:
        raise SpecError(f"{place}{problems[0].sentence()}")
    return record


def _drawn(record: Experiment | Architecture | LibraryBlock) -> Architecture:
    """The network of a file, to be checked; of a block's, the block as if it were one."""
    if isinstance(record, LibraryBlock):
        return Architecture(name=record.name, graph=record.graph, blocks=record.blocks)
    return record.architecture if isinstance(record, Experiment) else record


def read_block(path: Path) -> LibraryBlock:
    """A library's block by its file."""
    return from_json(_text(path), LibraryBlock, str(path))


def read_experiment(name: str | Path) -> Experiment:
    """An experiment by its file, by a preset's bare name (``lenet``), or from stdin (``-``).

    Data and weights that it names relative to its file, or on stdin to the working directory, are absolute in what is given.
    """
    text, source = _named(name, "experiments")
    return absolute(from_json(text, Experiment, source), Path(source).parent)


def read_architecture(name: str | Path) -> Architecture:
    """An architecture by its file, by a preset's bare name, or from stdin; of an experiment's file, its architecture."""
    found = read_network(name)
    return found.architecture if isinstance(found, Experiment) else found


def read_network(name: str | Path) -> Experiment | Architecture:
    """What the file says, be it an experiment or an architecture; a bare name is an architecture's where both are called so."""
    is_experiment = str(name) in preset_names("experiments") and str(name) not in preset_names("architectures")
    text, source = _named(name, "experiments" if is_experiment else "architectures")
    if _format_of(text) == FORMATS[Experiment]:
        return absolute(from_json(text, Experiment, source), Path(source).parent)
    return from_json(text, Architecture, source)


class _Headed(msgspec.Struct):
    """Any file of ours, wherever in it the format stands."""

    format: str = ""


def _format_of(text: bytes) -> str:
    """What a file says that it is; empty where it says nothing that can be read, which ``from_json`` tells of."""
    try:
        return msgspec.json.decode(text, type=_Headed).format
    except (msgspec.MsgspecError, RecursionError):
        return ""


def _named(name: str | Path, folder: str) -> tuple[bytes, str]:
    """The text that ``name`` means, and what messages call it."""
    if name == STDIN:
        return sys.stdin.buffer.read(MAX_FILE_BYTES), "stdin"
    path = find(name, folder)
    return _text(path), str(path)


def preset_names(folder: str) -> tuple[str, ...]:
    """The presets in ``experiments`` or ``architectures``, sorted."""
    return tuple(sorted(path.stem for path in (shipped.presets() / folder).glob("*.json")))


def _text(path: Path) -> bytes:
    """The bytes of an experiment's file. SpecError where it cannot be read, or is too large to be one."""
    try:
        num_bytes = path.stat().st_size
        if num_bytes > MAX_FILE_BYTES:
            raise SpecError(f"{path}: {num_bytes:,} bytes is too large to be an experiment or an architecture")
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def find(name: str | Path, folder: str) -> Path:
    """The file that ``name`` means: a path as it stands, else a preset. SpecError with near names otherwise."""
    is_file = os.path.isfile(name)  # noqa: PTH113  # Path.is_file raises at a name too long for a file
    path = Path(name) if is_file else _preset(str(name), folder)
    if path is None:
        raise SpecError(_nothing_called(str(name), folder))
    return path


def _nothing_called(name: str, folder: str) -> str:
    if os.path.isdir(name):  # noqa: PTH112  # Path.is_dir raises at a name too long for a file
        return f"{name} is a folder: give a file or the name of a preset"
    stem, ending = os.path.splitext(name)  # noqa: PTH122  # as people type it
    if not ending and os.path.basename(name) == name:  # noqa: PTH119
        return f"there is no file or preset called {name}; presets are {near_names(name, preset_names(folder))}"
    return f"there is no file called {name}" + (f"; the preset is called {stem}" if _preset(stem, folder) else "")


def _preset(name: str, folder: str) -> Path | None:
    return shipped.presets() / folder / f"{name}.json" if name in preset_names(folder) else None


def _check_format(plain: Any, kind: type[T]) -> None:
    wanted = FORMATS[kind]
    if not isinstance(plain, dict) or "format" not in plain:
        raise SpecError(f'not a Workbench file: it lacks "format": "{wanted}"')
    if plain["format"] != wanted:
        raise SpecError(f'format: this is a file of "{plain["format"]}", expected "{wanted}"')
    version = plain.get("version")
    if isinstance(version, int) and version > VERSION:
        raise SpecError(
            f"version: this file is of version {version}, written by a newer Workbench; this one reads "
            f"version {VERSION}"
        )


def _resolve_architecture(plain: Any, kind: type[T]) -> Any:
    """In an experiment's file the architecture may be a preset's name."""
    if kind is not Experiment or not isinstance(plain.get("architecture"), str):
        if isinstance(plain.get("architecture"), dict):
            _check_format(plain["architecture"], Architecture)
        return plain
    path = _preset(plain["architecture"], "architectures")
    if path is None:
        near = near_names(plain["architecture"], preset_names("architectures"))
        raise SpecError(f"architecture: there is no preset called {plain['architecture']}; presets are {near}")
    return {**plain, "architecture": msgspec.to_builtins(from_json(_text(path), Architecture, str(path)))}


def _refuse_deep(plain: Any) -> None:
    level, depth = [plain], 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise SpecError(_TOO_DEEP)
        held = [
            thing.values() if isinstance(thing, dict) else thing for thing in level if isinstance(thing, dict | list)
        ]
        level = [inner for things in held for inner in things]


def _refuse_half_characters(plain: Any) -> None:
    """JSON can spell one half of a surrogate pair, which no file can be written with."""
    try:
        json.dumps(plain, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start]).strip("'")
        raise SpecError(f"the text {half} is an unpaired surrogate: write the whole character") from None


def read_integer(digits: str) -> int:
    """A whole number; SpecError where it is one that no file can hold."""
    if len(digits) > MAX_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise SpecError(f"the whole number {_shortened(digits)} is too large: it does not fit in 64 bits")
    return int(digits)


def read_number(digits: str) -> float:
    """A number; SpecError where it is one that no file can hold."""
    number = float(digits)
    if math.isinf(number):
        raise SpecError(f"the number {_shortened(digits)} is too large: it does not fit in 64 bits")
    return number


def _shortened(digits: str) -> str:
    return digits if len(digits) <= MAX_DIGITS + 5 else f"{digits[:MAX_DIGITS]}…"


def _refuse_constant(name: str) -> Any:
    raise SpecError(f"{name} is not allowed in a file: numbers must be finite")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise SpecError(f"the key {twice} appears twice in one object")
    return plain


def _without_defaults(value: Any) -> Any:
    """Builtins of a record, fields at their default left out but for a file's format and version."""
    if isinstance(value, Record):
        head = {"format": FORMATS[type(value)], "version": VERSION} if type(value) in FORMATS else {}
        return head | {
            field.name: _without_defaults(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if getattr(value, field.name) != _default(field)
        }
    if isinstance(value, dict):
        return {key: _without_defaults(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_without_defaults(item) for item in value]
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _layout(value: Any, indent: int) -> str:
    """JSON with one line for each thing that fits on one: a node a line keeps a diff readable."""
    line = json.dumps(value, ensure_ascii=False)
    if (indent and len(line) + indent <= LINE_LENGTH) or not isinstance(value, dict | list) or not value:
        return line
    inner, outer = "  " * (indent // 2 + 1), "  " * (indent // 2)
    if isinstance(value, dict):
        rows = [f"{json.dumps(key, ensure_ascii=False)}: {_layout(item, indent + 2)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _layout(item, indent + 2) for item in value) + f"\n{outer}]"

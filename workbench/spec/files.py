"""Experiments and architectures as JSON files: readable, versioned, diffable.

Reading is strict: an unknown key, a wrong type, a missing node, a cycle or a file of a newer version raises one
``SpecError`` that names the file and the place. Equal records are written as the same bytes.
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
from workbench.spec.experiment import Architecture, Experiment, experiment_of
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
"""An experiment is text for people to read; anything larger is not one."""
MAX_NESTING = 50
STDIN = "-"
"""In place of a file name: read standard input."""
_TOO_DEEP = "nested too deeply for an experiment"
MAX_DIGITS = 20
"""The characters of the longest 64-bit integer, with its sign."""


def to_json(record: Record) -> str:
    """Return the record as JSON text. Defaults are omitted; whatever fits on one line is on one line."""
    return _layout(_without_defaults(record), indent=0) + "\n"


def from_json(text: str | bytes, kind: type[T], source: str = "") -> T:
    """Read a record. ``source`` (a file's name) begins the message of the SpecError raised on a mistake."""
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
        raise SpecError(f"{place}{plain_validation(str(error), kind)}") from None
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
    """Return the network in a file for the structure check; a block is treated as a network."""
    if isinstance(record, LibraryBlock):
        return Architecture(name=record.name, graph=record.graph, blocks=record.blocks)
    return record.architecture if isinstance(record, Experiment) else record


def read_block(path: Path) -> LibraryBlock:
    """Read a library block from its file."""
    return from_json(_text(path), LibraryBlock, str(path))


def read_experiment(name: str | Path) -> Experiment:
    """Read an experiment from a file, from a preset's bare name (``lenet``), or from standard input (``-``).

    Paths of data and weights are resolved relative to the file, or for standard input to the working directory.
    """
    text, source = _named(name, "experiments")
    return absolute(from_json(text, Experiment, source), Path(source).parent)


def read_as_experiment(name: str | Path) -> Experiment:
    """Read an experiment; from the file of an architecture, one that trains it on the shipped pictures."""
    is_preset = str(name) in preset_names("experiments")
    is_file = name == STDIN or os.path.isfile(name)  # noqa: PTH113  # as in ``find``
    found = read_network(name) if is_file and not is_preset else read_experiment(name)
    return found if isinstance(found, Experiment) else experiment_of(found)


def read_architecture(name: str | Path) -> Architecture:
    """Read an architecture from a file, a preset's bare name, or standard input; from an
    experiment, its architecture.
    """
    found = read_network(name)
    return found.architecture if isinstance(found, Experiment) else found


def read_network(name: str | Path) -> Experiment | Architecture:
    """Read an experiment or an architecture; a bare name that both have means the architecture."""
    is_experiment = str(name) in preset_names("experiments") and str(name) not in preset_names("architectures")
    text, source = _named(name, "experiments" if is_experiment else "architectures")
    if _format_of(text) == FORMATS[Experiment]:
        return absolute(from_json(text, Experiment, source), Path(source).parent)
    return from_json(text, Architecture, source)


class _Headed(msgspec.Struct):
    """The ``format`` field of any of our files."""

    format: str = ""


def _format_of(text: bytes) -> str:
    """Return the format that a file declares; empty if it cannot be read, which ``from_json`` reports."""
    try:
        return msgspec.json.decode(text, type=_Headed).format
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        return ""


def _named(name: str | Path, folder: str) -> tuple[bytes, str]:
    """Return the text that ``name`` refers to, and its name for messages."""
    if name == STDIN:
        return sys.stdin.buffer.read(MAX_FILE_BYTES), "stdin"
    path = find(name, folder)
    return _text(path), str(path)


def preset_names(folder: str) -> tuple[str, ...]:
    """Return the names of the presets in ``experiments`` or ``architectures``, sorted."""
    return tuple(sorted(path.stem for path in (shipped.presets() / folder).glob("*.json")))


def _text(path: Path) -> bytes:
    """Return the bytes of a file. Raises SpecError if it cannot be read, or is too large to be an experiment."""
    try:
        num_bytes = path.stat().st_size
        if num_bytes > MAX_FILE_BYTES:
            raise SpecError(f"{path}: {num_bytes:,} bytes is too large to be an experiment or an architecture")
        return path.read_bytes()
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def find(name: str | Path, folder: str) -> Path:
    """Return the file that ``name`` refers to: a path, else a preset. Raises SpecError with similar names otherwise."""
    is_file = os.path.isfile(name)  # noqa: PTH113  # Path.is_file raises if the name is too long for a file
    path = Path(name) if is_file else _preset(str(name), folder)
    if path is None:
        raise SpecError(_nothing_called(str(name), folder))
    return path


def _nothing_called(name: str, folder: str) -> str:
    if os.path.isdir(name):  # noqa: PTH112  # Path.is_dir raises if the name is too long for a file
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
    """Replace a preset's name in an experiment's ``architecture`` by the preset."""
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
    """Reject half of a surrogate pair, which JSON can express but no file can store."""
    try:
        json.dumps(plain, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start]).strip("'")
        raise SpecError(f"the text {half} is an unpaired surrogate: write the whole character") from None


def read_integer(digits: str) -> int:
    """Return an integer. Raises SpecError if it does not fit in 64 bits."""
    if len(digits) > MAX_DIGITS or not -(2**63) <= int(digits) < 2**63:
        raise SpecError(f"the whole number {_shortened(digits)} is too large: it does not fit in 64 bits")
    return int(digits)


def read_number(digits: str) -> float:
    """Return a number. Raises SpecError if it does not fit in 64 bits."""
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
    """Return a record as builtins without fields at their default, except a file's format and version."""
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
    """Return JSON with one line for each value that fits on one: a node per line keeps diffs readable."""
    line = json.dumps(value, ensure_ascii=False)
    if (indent and len(line) + indent <= LINE_LENGTH) or not isinstance(value, dict | list) or not value:
        return line
    inner, outer = "  " * (indent // 2 + 1), "  " * (indent // 2)
    if isinstance(value, dict):
        rows = [f"{json.dumps(key, ensure_ascii=False)}: {_layout(item, indent + 2)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + _layout(item, indent + 2) for item in value) + f"\n{outer}]"

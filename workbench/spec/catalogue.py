"""Catalogues: one folder, one visible table. A class in a file of the folder is registered without any other edit.

Layers, data sources, augmentations, optimizers, schedules and losses are all *declared* the same way: a frozen record
whose annotated fields are the parameters. The inspector's form, the checks, the command line's ``--set`` and the docs
are derived from that one declaration.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
import msgspec.inspect

from workbench.spec.graph import NAME_PATTERN
from workbench.spec.problems import SpecError, near_names
from workbench.spec.record import Record, Value


class Declared(Record):
    """Base of everything in a catalogue; the class docstring's first paragraph is its help."""

    shown_as: ClassVar[str] = ""
    """The name shown to users; empty if the class's own serves."""

    @classmethod
    def title(cls) -> str:
        """Return the name shown to users."""
        return cls.shown_as or cls.__name__

    @classmethod
    def help(cls) -> str:
        """Return a sentence or two on what it does."""
        return " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n", 1)[0].split())

    @classmethod
    def defaults(cls) -> dict[str, Value]:
        """Return the parameters that have defaults, with these as JSON values."""
        given = cls.__struct_defaults__
        names = cls.__struct_encode_fields__[len(cls.__struct_encode_fields__) - len(given) :]
        return {
            name: msgspec.json.decode(msgspec.json.encode(default))
            for name, default in zip(names, given, strict=True)
            if default is not msgspec.NODEFAULT
        }


D = TypeVar("D", bound=Declared)


class Chosen(Protocol):
    """A type of a catalogue with its parameters, as a ``Component`` or a ``Node`` has them."""

    @property
    def type(self) -> str: ...

    @property
    def parameters(self) -> dict[str, Value]: ...


_CONVERTING = Lock()
"""msgspec inspects a class's annotations when it first converts to it; another thread that converts meanwhile uses the
incomplete result, which crashes the process (0.22). Analysis, training and search run in different threads.
"""


class Catalogue(Generic[D]):
    """All concrete subclasses of ``base`` declared in the modules of one package, by class name.

    Reading it imports the package's modules, once. A class whose name begins with ``_``, or which sets ``abstract =
    True`` in its own body, is not included. Two classes of the same name raise.
    """

    def __init__(self, kind: str, package: str, base: type[D]) -> None:
        self.kind = kind
        self.package = package
        self.base = base

    @cached_property
    def table(self) -> dict[str, type[D]]:
        """Class by name, ordered by module name and then by position in the file."""
        package = importlib.import_module(self.package)
        found: dict[str, type[D]] = {}
        files = (info for info in pkgutil.iter_modules(package.__path__) if not info.ispkg)
        for info in sorted(files, key=lambda info: info.name):
            module = importlib.import_module(f"{self.package}.{info.name}")
            for name, cls in vars(module).items():
                if not self._offers(name, cls, module.__name__):
                    continue
                if name in found:
                    raise AssertionError(
                        f"two {self.kind}s are called {name}: {found[name].__module__} and {module.__name__}"
                    )
                found[name] = cls
        return found

    def _offers(self, name: str, cls: object, module: str) -> bool:
        return (
            isinstance(cls, type)
            and issubclass(cls, self.base)
            and cls.__module__ == module
            and not name.startswith("_")
            and not cls.__dict__.get("abstract", False)
        )

    def __getitem__(self, name: str) -> type[D]:
        try:
            return self.table[name]
        except KeyError:
            near = near_names(name, sorted(self.table))
            raise SpecError(f"there is no {self.kind} called {name}; there is {near}") from None

    def __contains__(self, name: object) -> bool:
        return name in self.table

    def of(self, chosen: Chosen) -> D:
        """Return an instance of the chosen type with its parameters. Raises SpecError as ``make`` does."""
        return self.make(chosen.type, chosen.parameters)

    def make(self, name: str, parameters: dict[str, Value]) -> D:
        """Return an instance with these parameters. Raises SpecError that names the invalid parameter."""
        return make(self[name], parameters)


def make(cls: type[D], parameters: dict[str, Any]) -> D:
    """Validate ``parameters`` against the declaration and create the record. Raises SpecError that
    says what is wrong.
    """
    try:
        with _CONVERTING:
            return msgspec.convert(parameters, cls)
    except msgspec.ValidationError as error:
        raise SpecError(
            f"{cls.__name__}: {_unknown_setting(cls, parameters) or plain_validation(str(error), cls)}"
        ) from None


def _unknown_setting(cls: type[Declared], parameters: dict[str, Any]) -> str | None:
    known = cls.__struct_encode_fields__
    unknown = next((name for name in parameters if name not in known), None)
    if unknown is None:
        return None
    return f"there is no setting called {unknown}; there is {near_names(unknown, known) or 'none'}"


_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _plain_types(found: re.Match[str]) -> str:
    """``int | null`` in words; what is no type stays as it is."""
    types = found.group(1).split(" | ")
    return " or ".join(_WORDS[name] for name in types) if _WORDS.keys() >= set(types) else found.group()


def plain_validation(message: str, kind: Any) -> str:
    """Return msgspec's message on a value of this type in words for somebody who edits a JSON file, the place first."""
    what, _, place = message.partition(" - at `")
    where = place.rstrip("`").removeprefix("$").removeprefix(".")
    if wrong := re.fullmatch("Invalid enum value '(.*)'", what, re.DOTALL):
        choices = _choices(msgspec.inspect.type_info(kind), re.findall(r"\w+", where))
        what = f"there is no {wrong.group(1)}; there is {near_names(wrong.group(1), choices)}"
    what = what.replace("Object contains unknown field", "there is no setting called")
    what = what.replace("Object missing required field", "this setting is missing:")
    what = re.sub(r"`([a-z]+(?: \| [a-z]+)*)`", _plain_types, what)
    what = what.replace(f"text matching regex {NAME_PATTERN!r}", "a name of letters, digits and _, 100 at most")
    what = what[:1].lower() + what[1:]
    return f"{where}: {what}" if where else what


def _choices(type_: msgspec.inspect.Type, names: Sequence[str]) -> tuple[str, ...]:
    """Return what may stand in a record at the end of these names, places in lists among them."""
    match type_:
        case msgspec.inspect.LiteralType():
            return tuple(map(str, type_.values))
        case msgspec.inspect.Metadata():
            return _choices(type_.type, names)
        case msgspec.inspect.UnionType():
            return next(filter(None, (_choices(each, names) for each in type_.types)), ())
        case msgspec.inspect.DictType():
            return _choices(type_.value_type, names)  # msgspec does not say under which key
        case msgspec.inspect.VarTupleType():
            return _choices(type_.item_type, names[1:])
        case msgspec.inspect.StructType():
            return next((_choices(each.type, names[1:]) for each in type_.fields if [each.name] == names[:1]), ())
    return ()

"""From a declaration to a form: the parameters with their kinds, bounds and help.

The inspector, the settings panels, the command line's ``--set`` and the docs all use this list.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from workbench.spec.record import Record, Value

Kind = Literal["int", "float", "bool", "text", "choice", "pair", "ints", "floats", "texts"]
"""``pair``: one integer, or two (height, width). ``ints``, ``floats`` and ``texts``: lists."""


class Parameter(Record):
    """One field of a form.

    ``minimum`` and ``maximum`` bound each number, themselves included unless ``excluded``. ``choices`` are the
    only values of kind ``choice``; with any other kind they are words allowed in its place (padding "same").
    ``optional`` fields may be None, shown as ``nothing``. ``title`` is the label, if the name says too little.
    ``lengths`` are the minimum and maximum length of a list. ``start`` is the value in a new component: the
    default, or a sensible value if there is none. A parameter set ``elsewhere`` is not in the form, since the
    window has a better place for it. If ``is_path``, it names a file or a folder.
    """

    name: str
    kind: Kind
    required: bool
    title: str = ""
    default: Value = None
    start: Value = None
    minimum: float | None = None
    minimum_excluded: bool = False
    maximum: float | None = None
    maximum_excluded: bool = False
    choices: tuple[str | int, ...] = ()
    lengths: tuple[int, int | None] = (0, None)
    optional: bool = False
    nothing: str = "automatic"
    help: str = ""
    unit: str = ""
    elsewhere: bool = False
    is_path: bool = False

    @property
    def fallback(self) -> Value:
        """The value where none is stored: the default, or the start if there is none."""
        return self.start if self.required else self.default


@cache
def parameters_of(cls: type[Record]) -> tuple[Parameter, ...]:
    """Return the form of a record, in the order of its fields. Raises TypeError for a field of unsupported
    type.
    """
    hints = get_type_hints(cls, include_extras=True)
    for name in cls.__struct_fields__:
        _refuse_crash(hints[name], f"{cls.__name__}.{name}")
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return tuple(_parameter(cls, field, hints[field.name]) for field in info.fields)


def starting_parameters(cls: type[Record]) -> dict[str, Value]:
    """Return the parameters to write into a new node or component: those required, or whose start
    is not the default.
    """
    return {
        parameter.name: parameter.start
        for parameter in parameters_of(cls)
        if parameter.required or parameter.start != parameter.default
    }


def _parameter(cls: type[Record], field: inspect.Field, annotation: Any) -> Parameter:
    place = f"{cls.__name__}.{field.name}"
    words: dict[str, Any] = {}
    members = tuple(_members(field.type, words))
    default = None if field.required else msgspec.json.decode(msgspec.json.encode(_default(field)))
    optional = any(isinstance(member, inspect.NoneType) for member in members)
    start = words.get("start", default)
    if field.required and start is None and not optional:
        raise TypeError(f"{place} has no default and no extra={{'start': ...}} to begin with")
    kinds = [member for member in members if not isinstance(member, inspect.NoneType | inspect.LiteralType)]
    kind, number, lengths = _kind(kinds, place)
    return Parameter(
        name=field.encode_name,
        kind=kind,
        required=field.required,
        title=words.get("title", ""),
        default=default,
        start=start,
        choices=tuple(_choices(annotation)),
        lengths=lengths,
        optional=optional,
        nothing=words.get("nothing", "automatic"),
        help=words.get("description", ""),
        unit=words.get("unit", ""),
        elsewhere=words.get("elsewhere", False),
        is_path=words.get("path", False),
        **_bounds(number),
    )


def _members(type_: inspect.Type, words: dict[str, Any]) -> Iterator[inspect.Type]:
    """Yield the members of a union (or the type itself) without ``Annotated``, whose metadata is added to ``words``."""
    if isinstance(type_, inspect.Metadata):
        words.update(type_.extra or {})
        words.update(type_.extra_json_schema or {})
        yield from _members(type_.type, words)
    elif isinstance(type_, inspect.UnionType):
        for member in type_.types:
            yield from _members(member, words)
    else:
        yield type_


def _kind(members: Sequence[inspect.Type], place: str) -> tuple[Kind, inspect.Type | None, tuple[int, int | None]]:
    """Return the kind, the number type that has the bounds, and the allowed lengths of a list."""
    types = {type(member) for member in members}
    by_type = {type(member): member for member in members}
    if not members:
        return "choice", None, (0, None)
    if types == {inspect.BoolType}:
        return "bool", None, (0, None)
    if types == {inspect.StrType}:
        return "text", None, (0, None)
    if types == {inspect.IntType}:
        return "int", by_type[inspect.IntType], (0, None)
    if types <= {inspect.IntType, inspect.FloatType}:
        return "float", by_type[inspect.FloatType], (0, None)
    lists = [
        member for member in members if isinstance(member, inspect.VarTupleType | inspect.ListType | inspect.TupleType)
    ]
    if len(lists) == 1:
        item, lengths = _items(lists[0], place)
        number = next(iter(_members(item, {})))
        if types == {type(lists[0]), inspect.IntType} and lengths == (2, 2) and isinstance(number, inspect.IntType):
            return "pair", by_type[inspect.IntType], lengths
        if len(types) == 1:
            kinds: dict[type, Kind] = {inspect.IntType: "ints", inspect.FloatType: "floats", inspect.StrType: "texts"}
            if type(number) in kinds:
                return kinds[type(number)], number, lengths
    raise TypeError(
        f"{place}: no form can show a value of type {' | '.join(sorted(type_.__name__ for type_ in types))}"
    )


def _items(type_: inspect.Type, place: str) -> tuple[inspect.Type, tuple[int, int | None]]:
    if isinstance(type_, inspect.TupleType):
        if len(set(map(repr, type_.item_types))) != 1:
            raise TypeError(f"{place}: the items of a tuple must be of one type")
        return type_.item_types[0], (len(type_.item_types), len(type_.item_types))
    assert isinstance(type_, inspect.VarTupleType | inspect.ListType)
    return type_.item_type, (type_.min_length or 0, type_.max_length)


def _choices(annotation: Any) -> Iterator[str | int]:
    """Yield the values of the Literals in a type, in the order written; msgspec's inspection sorts them."""
    for member in _union_members(annotation):
        plain = get_args(member)[0] if get_origin(member) is Annotated else member
        if get_origin(plain) is Literal:
            yield from get_args(plain)


def _bounds(number: inspect.Type | None) -> dict[str, Any]:
    if not isinstance(number, inspect.IntType | inspect.FloatType):
        return {}
    return {
        "minimum": number.ge if number.gt is None else number.gt,
        "minimum_excluded": number.gt is not None,
        "maximum": number.le if number.lt is None else number.lt,
        "maximum_excluded": number.lt is not None,
    }


def _default(field: inspect.Field) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _refuse_crash(annotation: Any, place: str) -> None:
    """Reject a union of a bounded number or text and a tuple of fixed length.

    After msgspec 0.22 has inspected such a type, the process crashes at the next garbage collection.
    """
    members = tuple(_union_members(annotation))
    bounded = any(get_origin(member) is Annotated and get_args(member)[0] in (int, float, str) for member in members)
    fixed = any(get_origin(member) is tuple and Ellipsis not in get_args(member) for member in members)
    if bounded and fixed:
        raise TypeError(f"{place}: give the tuple as Annotated[tuple[X, ...], Meta(min_length=N, max_length=N)]")


def _union_members(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _union_members(member)
    elif get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) in (Union, UnionType):
        yield from _union_members(get_args(annotation)[0])
    else:
        yield annotation

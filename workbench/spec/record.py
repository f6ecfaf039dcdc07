"""The base of this program's records: frozen, keyword-only, strict about unknown keys."""

from typing import Any, dataclass_transform

import msgspec


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class RecordMeta(msgspec.StructMeta):
    """Sets the options for every subclass; msgspec alone would not inherit ``kw_only``."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> type:
        strict = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True}
        return super().__new__(mcs, name, bases, namespace, **{**strict, **options})


class Record(msgspec.Struct, metaclass=RecordMeta):
    """Base of all records."""


replace = msgspec.structs.replace
"""``replace(record, field=value)`` returns a changed copy."""


Value = None | bool | int | float | str | list[Any] | dict[str, Any]
"""The value of a parameter in a file: plain JSON. A string ``"$name"`` is bound to the enclosing graph's parameter."""


def same(first: Value, second: Value) -> bool:
    """Whether two values mean the same: a default's tuple and a file's list may, 1 and True do not."""
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second and isinstance(first, bool) == isinstance(second, bool)

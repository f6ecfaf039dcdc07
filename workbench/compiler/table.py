"""A network's layers as a table for export: CSV for spreadsheets, Markdown for papers and pages. Imports no torch."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from workbench.layers.base import describe
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolution

HEADING = ("name", "type", "settings", "output", "parameters", "macs", "receptive_field", "activation_bytes")


class LayerRow(Record):
    """One layer. Shape, multiply-accumulates and bytes (float32) are per picture."""

    name: str
    type: str
    settings: str
    output: str
    parameters: int
    macs: int
    receptive_field: str
    activation_bytes: int


def layer_table(resolution: Resolution) -> tuple[LayerRow, ...]:
    """Return a row per layer, in order, up to the first error."""
    settings = {resolved.node.path: resolved.node.parameters for resolved in resolution.nodes}
    facts = [resolution.analysis.nodes[path] for path in resolution.analysis.leaves]
    return tuple(
        LayerRow(
            name=fact.path,
            type=fact.type,
            settings=", ".join(f"{name}={_value(value)}" for name, value in settings[fact.path].items()),
            output=", ".join(map(describe, fact.output_shapes)),
            parameters=fact.parameters,
            macs=fact.macs,
            receptive_field="" if fact.receptive_field is None else describe(fact.receptive_field),
            activation_bytes=fact.activation_bytes,
        )
        for fact in facts
    )


def _value(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def table_text(rows: tuple[LayerRow, ...], suffix: str) -> str:
    """Return the table in the format of this suffix. Raises SpecError for any other suffix."""
    if suffix.lower() == ".csv":
        return to_csv(rows)
    if suffix.lower() == ".md":
        return to_markdown(rows)
    raise SpecError(f"a table is written as .csv or .md, not {suffix or 'without an extension'}")


def to_csv(rows: tuple[LayerRow, ...]) -> str:
    """Return the table as CSV: plain numbers, no totals."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(_cells(row) for row in rows)
    return text.getvalue()


def to_markdown(rows: tuple[LayerRow, ...]) -> str:
    """Return a table for GitHub and most editors, with the totals below."""
    heading = ("layer", "type", "settings", "output", "parameters", "MACs", "receptive field", "activation bytes")
    right = (4, 5, 7)
    rule = tuple("--:" if column in right else ":--" for column in range(len(heading)))
    sums = {name: f"{sum(getattr(row, name) for row in rows):,}" for name in ("parameters", "macs", "activation_bytes")}
    totals = ("**total**", *(sums.get(name, "") for name in HEADING[1:]))
    body = [tuple(f"{cell:,}" if isinstance(cell, int) else _escaped(cell) for cell in _cells(row)) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in (heading, rule, *body, totals))


def _cells(row: LayerRow) -> tuple[str | int, ...]:
    return tuple(getattr(row, name) for name in HEADING)


def _escaped(cell: str) -> str:
    """Escape underscores, which would make italics, and bars, which would start a column."""
    return "".join(f"\\{letter}" if letter in "|_*`\\" else letter for letter in cell)

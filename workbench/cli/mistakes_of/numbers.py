"""The mistakes of a regression head: what its errors amount to, the cumulative score, the pictures with the largest."""

import math
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cli.console import table
from workbench.cli.mistakes_of.tables import heading, pictures_table
from workbench.spec.quantities import significant
from workbench.spec.words import several

if TYPE_CHECKING:
    from workbench.session.views.mistakes.numbers import Errors, NumberMistakes

SCORES = (0.2, 0.4, 1.0, 2.0, 4.0)
"""The errors whose cumulative scores are printed, as multiples of the one that is named: 1, 2, 5, 10 and 20 years."""


def text(found: "NumberMistakes", num_worst: int) -> str:
    """Return what is printed, with this many of the worst pictures."""
    blocks = [f"{heading(found)}: {len(found.actual):,}"]
    for name, errors in zip(found.number_names, found.errors, strict=True):
        blocks += [_figures(name, errors, found.column.unit), _scores(found, errors), _listed(found, errors, num_worst)]
    return "\n\n".join(blocks)


def result(found: "NumberMistakes", num_worst: int) -> dict[str, Any]:
    """Return the same as JSON has it, for each number."""
    numbers = [
        {
            "name": name,
            **msgspec.to_builtins(errors.figures),
            "cumulative_scores": [
                {"error": share * errors.marked, "share": errors.score(share * errors.marked)} for share in SCORES
            ],
            "worst": _worst(found, errors, num_worst),
        }
        for name, errors in zip(found.number_names, found.errors, strict=True)
    ]
    return {"pictures": len(found.actual), "unit": found.column.unit, "numbers": numbers}


def _figures(name: str, errors: "Errors", unit: str) -> str:
    figures = errors.figures
    rows = [
        ("MAE", _said(figures.mae, unit)),
        ("RMSE", _said(figures.rmse, unit)),
        ("R²", "–" if math.isnan(figures.r2) else f"{figures.r2:.4f}"),
        ("median error", _said(figures.median, unit)),
        ("mean signed error (bias)", f"{significant(figures.bias, '+.4g')} {unit}".rstrip()),
        ("largest error", _said(figures.largest, unit)),
    ]
    return table([("error", name), *rows], right=(1,))


def _scores(found: "NumberMistakes", errors: "Errors") -> str:
    rows = [("error at most", f"{several(found.thing)} (cumulative score)")]
    for share in SCORES:
        within = share * errors.marked
        rows.append((_said(within, found.column.unit), f"{errors.score(within):.1%}"))
    return table(rows, right=(0, 1))


def _worst(found: "NumberMistakes", errors: "Errors", number: int) -> list[dict[str, Any]]:
    return [
        {
            "picture": int(index),
            "name": None if found.names is None else found.names[index],
            "actual": float(errors.actual[index]),
            "predicted": float(errors.predicted[index]),
            "error": float(errors.signed[index]),
        }
        for index in errors.worst[:number]
    ]


def _listed(found: "NumberMistakes", errors: "Errors", number: int) -> str:
    shown = errors.worst[:number]
    columns = {
        "actual": [significant(errors.actual[index]) for index in shown],
        "predicted": [significant(errors.predicted[index]) for index in shown],
        "error": [significant(errors.signed[index], "+.4g") for index in shown],
    }
    return pictures_table(found, shown, columns)


def _said(value: float, unit: str) -> str:
    return f"{significant(value)} {unit}".rstrip()

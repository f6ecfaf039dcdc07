"""``predict`` for a network that takes rows of numbers, or series: its answers for those of a file."""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from workbench.cli.console import print_json, table
from workbench.cli.predict_why import result, said
from workbench.durable import write_bytes
from workbench.spec.problems import SpecError
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.data.progress import Progress
    from workbench.session.views.network import Network
    from workbench.session.views.own_rows import RowAnswers
    from workbench.session.views.why import WhySeen

MOST_SHOWN, MOST_PARTS = 50, 12
"""Of the rows of a table, and of the numbers of a row; -o and --json give all."""


def asked(arguments: argparse.Namespace, network: "Network", progress: "Progress") -> "Callable[[], None]":
    """Ask the network, and write its answers where that is wanted; return what prints them."""
    from workbench.session.views.own_rows import OwnRows, reasons_for_rows
    from workbench.session.views.why import OF_SERIES

    if arguments.similar_to is not None or arguments.top is not None or (arguments.name and not arguments.why):
        raise SpecError(
            "--class, --similar-to and --top find pictures: leave them out, and sort what -o FILE.csv writes"
        )
    if arguments.output is not None and arguments.output.suffix.lower() != ".csv" and arguments.why is None:
        raise SpecError(f"-o {arguments.output}: the rows are saved with their answers as a .csv file")
    if len(arguments.files) != 1 and network.dataset.thing == "series":
        raise SpecError("this network takes series: name one file of them, such as series.npz")
    if len(arguments.files) != 1:
        raise SpecError("this network takes rows of numbers: name one table of them, such as rows.csv")
    if arguments.why is not None and arguments.output is not None:
        raise SpecError("-o draws what --why finds in pictures: of rows it is printed, and --json has all numbers")
    if arguments.why is not None and network.dataset.thing == "series":
        raise SpecError(f"{OF_SERIES}: leave out --why")
    found = OwnRows(arguments.files[0].expanduser()).answer(network, progress)
    if arguments.why is not None:
        reasons = reasons_for_rows(network, found, arguments.why, arguments.name, progress)
        return partial(_show_reasons, reasons, arguments.json)
    if arguments.output is not None:
        write_bytes(arguments.output.expanduser(), found.as_csv())
        return lambda: None
    return partial(_show, found, arguments.json)


def _show(found: "RowAnswers", as_json: bool) -> None:
    if not as_json:
        print(_shown(found))
        return
    for row in range(len(found)):
        print_json(_result(found, row))


def _show_reasons(found: "Sequence[tuple[int, WhySeen]]", as_json: bool) -> None:
    for row, seen in found:
        if as_json:
            print_json({"row": row + 1} | result(seen))
            continue
        print(f"row {row + 1}: {said(seen)}")
        print(table([(f"    {part.name}", part.value) for part in seen.parts[:MOST_PARTS]], right=[1]))


def _result(found: "RowAnswers", row: int) -> dict[str, object]:
    if row in found.problems:
        return {found.called: row + 1, "problem": found.problems[row]}
    return {found.called: row + 1, "answers": [answer.plain() for answer in found.answers(row)]}


def _shown(found: "RowAnswers") -> str:
    heads = [head.column.name if len(found.heads) == 1 else head.title for head in found.heads]
    sound = [row for row in range(len(found)) if row not in found.problems]
    rows = [(str(row + 1), *(answer.words() for answer in found.answers(row))) for row in sound[:MOST_SHOWN]]
    lines = [table([(found.called, *heads), *rows], right=[0])]
    if len(sound) > MOST_SHOWN:
        lines += ["", f"and {plural(len(sound) - MOST_SHOWN, found.called)} more: add -o FILE.csv for all"]
    if found.problems:
        told = list(found.problems.items())
        lines += ["", f"{plural(len(told), found.called)} cannot be used:"]
        lines += [f"{found.called} {row + 1}: {problem}" for row, problem in told[:MOST_SHOWN]]
    return "\n".join(lines)

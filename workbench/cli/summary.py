"""``summary``: a network's layers with their shapes and costs."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.console import add_json_option, print_json, table
from workbench.cli.folders import chosen_network
from workbench.cli.values import shape
from workbench.compiler.facts import Analysis, NodeFacts
from workbench.compiler.table import layer_table, table_text
from workbench.durable import write_text
from workbench.layers.base import describe
from workbench.spec.problems import ProblemsFound


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``summary ARCHITECTURE``."""
    parser = subparsers.add_parser(
        "summary",
        help="show a network's layers, shapes and costs",
        description="Print a network's layers with output shapes, parameters, multiply-accumulates per picture and "
        "receptive fields.",
        epilog="example: %(prog)s resnet18 --input 3,224,224",
    )
    parser.add_argument(
        "architecture", metavar="ARCHITECTURE", help="a network or experiment file, a preset's name, or a run: lenet"
    )
    parser.add_argument(
        "--input", metavar="C,H,W", type=shape, help="a different Input shape: 3,224,224, or 2 for points"
    )
    parser.add_argument(
        "--table", metavar="FILE", type=Path, help="write the layers with their settings to FILE.csv or FILE.md"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table. That of a network with problems is printed as far as known, before the errors are reported."""
    architecture = chosen_network(arguments.architecture)

    from workbench.compiler.analysis import resolve

    resolution = resolve(architecture, input_shape=arguments.input)
    analysis = resolution.analysis
    if arguments.table:
        write_text(arguments.table, table_text(layer_table(resolution), arguments.table.suffix))
    if arguments.json:
        print_json(_result(analysis))
    else:
        print(f"{architecture.name}\n\n{_table(analysis)}")
    if not analysis.sound:
        raise ProblemsFound(analysis.errors)
    return 0


def _result(analysis: Analysis) -> dict[str, Any]:
    return {
        "parameters": analysis.parameters,
        "macs": analysis.macs,
        "layers": [
            {
                "name": facts.path,
                "type": facts.type,
                "output_shape": facts.output_shapes[0],
                "parameters": facts.parameters,
                "macs": facts.macs,
                "receptive_field": facts.receptive_field,
            }
            for facts in _leaves(analysis)
        ],
        "problems": analysis.problems,
    }


def _table(analysis: Analysis) -> str:
    heading = ("layer", "type", "output", "parameters", "MACs", "sees")
    rows = [_cells(facts) for facts in _leaves(analysis)]
    totals = ("total", "", "", f"{analysis.parameters:,}", f"{analysis.macs:,}", "")
    lines = table([heading, *rows, totals], right=(3, 4, 5)).split("\n")
    rule = "─" * max(map(len, lines))
    only_error = not analysis.sound and len(analysis.problems) == 1  # which is reported on stderr anyway
    listed = [] if only_error else [f"{problem.severity}: {problem.sentence()}" for problem in analysis.problems]
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *([""] if listed else []), *listed])


def _cells(facts: NodeFacts) -> tuple[str, ...]:
    field = "" if facts.receptive_field is None else describe(facts.receptive_field)
    costs = (f"{number:,}" if number else "" for number in (facts.parameters, facts.macs))
    return (facts.path, facts.type, ", ".join(map(describe, facts.output_shapes)), *costs, field)


def _leaves(analysis: Analysis) -> list[NodeFacts]:
    return [analysis.nodes[path] for path in analysis.leaves]

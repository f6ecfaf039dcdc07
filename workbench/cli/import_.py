"""``import``: convert a network from elsewhere into a graph of layers, with its weights."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any

from workbench.cli.console import StatusLine, add_json_option, ended_by_term, print_result
from workbench.cli.values import shape
from workbench.durable import check_writable
from workbench.spec.problems import SpecError
from workbench.spec.words import plural

REFRESH_S = 0.1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``import SOURCE -o FILE.json``."""
    parser = subparsers.add_parser(
        "import",
        help="import a network",
        description="Import a network and its weights as editable layers and blocks. Its outputs are verified against "
        "the original's.",
        epilog="example: %(prog)s torchvision:resnet18 -o resnet18.json",
    )
    parser.add_argument(
        "source",
        metavar="FILE.onnx|torchvision:NAME|timm:NAME|FILE.py",
        help="an ONNX file, a library model, or a Python file with a function network() that builds one",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.json",
        type=Path,
        required=True,
        help="the file to write; weights are saved next to it",
    )
    parser.add_argument("--input", metavar="C,H,W", type=shape, help="a different Input shape: 3,224,224")
    parser.add_argument("--trust", action="store_true", help="allow executing a Python file")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import in a child process, and print the result."""
    from workbench.session.exchange.importing import ImportJob, check_source

    file = arguments.output.expanduser().resolve()
    if file.suffix != ".json":
        raise SpecError(f"-o {arguments.output}: the network is saved as a .json file")
    check_writable(file)
    check_source(arguments.source, trusted=arguments.trust)
    job = ImportJob(arguments.source, file, arguments.input)
    with closing(job), StatusLine() as status, ended_by_term():
        while not job.wait(REFRESH_S):
            status.show(job.poll().message)
    state = job.poll()
    if state.report is None:
        raise SpecError(state.message)
    print_result(state.report, _sentence(state.report), as_json=arguments.json)
    return 0


def _sentence(report: dict[str, Any]) -> str:
    lines = [
        report["file"],
        report["weights"],
        f"{plural(report['nodes'], 'layer')} in {plural(report['blocks'], 'block')}, {report['parameters']:,} "
        f"parameters; outputs match the original: largest difference {report['max_abs_difference']:.2g}"
        + ", both in float64: float32 rounds more than that"
        * report["in_float64"],
    ]
    if report["opaque"]:
        lines.append(f"no matching layer, kept as formulas: {', '.join(report['opaque'])}")
    if report["unused"]:
        lines.append(f"unused weights, dropped: {', '.join(report['unused'])}")
    if report["plain"]:
        lines.append(f"computed from other weights by the original, here plain weights: {', '.join(report['plain'])}")
    return "\n".join(lines)

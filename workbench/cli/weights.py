"""``weights``: match pretrained weights to a network, and report what fits."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.console import StatusLine, add_json_option, ended_by_term, print_result
from workbench.cli.folders import chosen_network, find_run
from workbench.cli.values import number
from workbench.durable import check_writable
from workbench.spec.problems import SpecError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``weights ARCHITECTURE SOURCE [-o FILE]``."""
    parser = subparsers.add_parser(
        "weights",
        help="match pretrained weights to a network",
        description="Report which weights fit a network by name and shape, and write those that do. train --weights "
        "FILE starts from them.",
        epilog="example: %(prog)s resnet18 torchvision:resnet18 -o resnet18.safetensors",
    )
    parser.add_argument(
        "architecture",
        metavar="ARCHITECTURE",
        help="a network or experiment file, a preset's name (resnet18), a run, or - for stdin",
    )
    parser.add_argument(
        "source",
        metavar="FILE|RUN|torchvision:NAME",
        help="safetensors, a state dict in torch's format (.pt, .pth), a run's folder, or torchvision's pretrained weights",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE.safetensors", type=Path, help="the file to write; without it, only the report"
    )
    parser.add_argument("--classes", metavar="N", type=number, help="number of classes, if the network leaves it open")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Match the weights, write those that fit, and report."""
    from workbench.session.exchange.weights import SAFE, weights_for

    file = arguments.output.expanduser().resolve() if arguments.output is not None else None
    if file is not None and file.suffix != SAFE:
        raise SpecError(f"-o {arguments.output}: weights are saved as a {SAFE} file")
    architecture = chosen_network(arguments.architecture)
    if file is not None:
        check_writable(file)
    with StatusLine() as status, ended_by_term():
        say = status.show if status.live or not arguments.json else status.say
        source = str(find_run(arguments.source) or arguments.source)
        report, sha256 = weights_for(architecture, source, file, say, classes=arguments.classes)
    words = "\n".join([*([str(file)] if file is not None else []), report.sentence("match")])
    print_result(_result(report, file, sha256), words, as_json=arguments.json)
    return 0


def _result(report: Any, file: Path | None, sha256: str) -> dict[str, Any]:
    return {
        "file": None if file is None else str(file),
        "sha256": sha256,
        "sentence": report.sentence("match"),
        "complete": report.complete,
        "matches": report.matches,
        "misfits": report.misfits,
        "missing": report.missing,
        "unexpected": report.unexpected,
    }

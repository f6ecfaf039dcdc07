"""``predict --why``: which parts of a picture an answer comes from."""

import argparse
from typing import TYPE_CHECKING

from workbench.cli.console import check_png, print_json, progress_shown
from workbench.cli.folders import asked_network
from workbench.durable import write_bytes
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.session.views.why import WhySeen


def run(arguments: argparse.Namespace) -> int:
    """Ask the network, print what is found, and draw it."""
    from workbench.session.views.why import reasons
    from workbench.session.views.why_sheet import why_sheet

    _check(arguments)
    paths = [file.expanduser() for file in arguments.files]
    with progress_shown() as progress:
        network = asked_network(arguments, progress)
        found = reasons(network, paths, arguments.why, arguments.name, arguments.layer or "", progress)
    if arguments.output is not None:
        write_bytes(arguments.output.expanduser(), why_sheet(found, network.state_words))
    for file, seen in found:
        if arguments.json:
            print_json(_result(file, seen))
        else:
            print(f"{file}: {seen.said(seen.place)}\n    {seen.title}. {seen.legend}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not arguments.files:
        raise SpecError("no picture is named: name pictures, or a folder of pictures")
    if arguments.similar_to is not None or arguments.top is not None:
        raise SpecError("--why explains the answer for each FILE: leave out --similar-to and --top")
    if arguments.layer is not None and arguments.why != "grad-cam":
        raise SpecError("--layer is the layer of --why grad-cam: leave it out, or choose that method")
    if arguments.output is None and not arguments.json:
        raise SpecError("--why draws a picture: add -o FILE.png, or --json for its numbers")
    check_png(arguments.output)


def _result(file: str, seen: "WhySeen") -> dict[str, object]:
    return {
        "file": file,
        "step": seen.step,
        "method": seen.method,
        "layer": seen.layer if seen.method == "grad-cam" else None,
        "output": seen.heads[seen.head].output,
        "name": seen.names[seen.place],
        "value": float(seen.values[seen.place]),
        "map": seen.found.tolist(),
    }

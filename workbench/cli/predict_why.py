"""``predict --why``: which parts of a picture an answer comes from."""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from workbench.cli.console import check_png, print_json
from workbench.durable import write_bytes
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.data.progress import Progress
    from workbench.session.views.network import Network
    from workbench.session.views.why import WhySeen


def check(arguments: argparse.Namespace) -> None:
    """Raise SpecError if what is asked makes no sense, whatever the network."""
    if arguments.similar_to is not None or arguments.top is not None:
        raise SpecError("--why explains the answer for each FILE: leave out --similar-to and --top")
    if arguments.layer is not None and arguments.why != "grad-cam":
        raise SpecError("--layer is the layer of --why grad-cam: leave it out, or choose that method")
    check_png(arguments.output)


def asked(arguments: argparse.Namespace, network: "Network", progress: "Progress") -> "Callable[[], None]":
    """Ask the network, and draw what is found; return what prints it."""
    from workbench.session.views.why import reasons
    from workbench.session.views.why_sheet import why_sheet

    if arguments.output is None and not arguments.json:
        raise SpecError("--why draws a picture: add -o FILE.png, or --json for its numbers")
    paths = [file.expanduser() for file in arguments.files]
    found = reasons(network, paths, arguments.why, arguments.name, arguments.layer or "", progress)
    if arguments.output is not None:
        write_bytes(arguments.output.expanduser(), why_sheet(found, network.state_words))
    return partial(_show, found, arguments.json)


def _show(found: "Sequence[tuple[str, WhySeen]]", as_json: bool) -> None:
    for file, seen in found:
        if as_json:
            print_json({"file": file} | result(seen))
        else:
            print(f"{file}: {said(seen)}")


def said(seen: "WhySeen") -> str:
    """Return the answer, and how to read what is found."""
    return f"{seen.said(seen.place)}\n    {seen.title}. {seen.legend}"


def result(seen: "WhySeen") -> dict[str, object]:
    """Return what is found as JSON has it."""
    return {
        "step": seen.step,
        "method": seen.method,
        "layer": seen.layer if seen.method == "grad-cam" else None,
        "output": seen.heads[seen.head].output,
        "name": seen.names[seen.place],
        "value": float(seen.values[seen.place]),
        "map": seen.found.tolist(),
    }

"""``latent``: decode codes of an autoencoder: between two pictures, drawn, or from the plane of its codes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import values
from workbench.cli.console import check_png, print_json, progress_shown, table
from workbench.cli.folders import add_asked_network, asked_network
from workbench.durable import write_bytes
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.session.views.latent import LatentQuestion, LatentSeen


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``latent RUN|NETWORK``."""
    parser = subparsers.add_parser(
        "latent",
        help="decode codes of an autoencoder: between two pictures, or drawn",
        description="Look into the latent space of a run's best checkpoint, or of a network without a run: the codes at "
        "the layer that all paths from the Input to the picture it predicts pass through. Without other options, list "
        "the layers whose output can be the code; the narrowest is used unless --layer names another.",
        epilog="examples: %(prog)s 2026-11-30-vae-1 --sample 64 -o sheet.png\n"
        "          %(prog)s 2026-11-30-vae-1 --between 3 8 -o between.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_asked_network(parser)
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument("--sample", metavar="N", type=values.count, help="decode N drawn codes")
    wanted.add_argument(
        "--between", metavar=("A", "B"), nargs=2, type=values.number, help="decode ten steps between two test pictures"
    )
    wanted.add_argument(
        "--map", action="store_true", help="decode the plane of the codes, or of their two main directions"
    )
    parser.add_argument("--layer", metavar="NAME", help="the layer whose output is the code")
    parser.add_argument("--seed", metavar="N", type=values.number, help="of the draws of --sample; usually 0")
    parser.add_argument("-o", "--output", metavar="FILE.png", type=Path, help="write the pictures, side by side")
    parser.add_argument("--json", action="store_true", help="one line of JSON per layer, or about the pictures")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Decode what is asked for, and write it."""
    from workbench.session.views.latent import latent_seen, latent_sheet
    from workbench.session.views.neighbours import gallery_of

    question = _question(arguments)
    with progress_shown() as progress:
        network = asked_network(arguments, progress)
    split = network.plan.shown[0]
    count = gallery_of(network.dataset, split).count
    if not all(0 <= number < count for number in question.ends):
        first, last = question.ends
        raise SpecError(f"--between {first} {last}: the {SPLIT_TITLES[split]} split has 0 to {count - 1:,}")
    with progress_shown() as progress:
        seen = latent_seen(network, question, progress)
    if seen.problem:
        raise SpecError(f"{arguments.source} has no latent space to show: {seen.problem}")
    if arguments.layer not in (None, *(layer.path for layer in seen.layers)):
        there = " or ".join(layer.path for layer in seen.layers)
        raise SpecError(
            f"--layer {arguments.layer}: not all paths to the picture pass through it, or it is no smaller: choose {there}"
        )
    if arguments.output is None:
        _print_layers(seen, as_json=arguments.json)
        return 0
    assert seen.layer is not None
    write_bytes(arguments.output.expanduser(), latent_sheet(seen))
    if arguments.json:
        print_json(
            {"layer": seen.layer.path, "step": seen.step, "pictures": len(seen.pictures), "prior": seen.is_prior}
        )
    else:
        print(f"{arguments.output}: {seen.words()}, {network.state_words}")
    return 0


def _question(arguments: argparse.Namespace) -> "LatentQuestion":
    """Return what is asked for. Raises SpecError if it makes no sense, or its file cannot be written."""
    from workbench.session.views.latent import LatentQuestion

    asks = arguments.sample is not None or arguments.between is not None or arguments.map
    if asks != (arguments.output is not None):
        raise SpecError(
            "no file is named: add -o FILE.png" if asks else "-o needs one of --sample N, --between A B and --map"
        )
    check_png(arguments.output)
    if arguments.seed is not None and arguments.sample is None:
        raise SpecError("--seed draws the codes of --sample N: add that, or leave it out")
    path = arguments.layer or ""
    if arguments.sample is not None:
        return LatentQuestion(view="sample", path=path, num=arguments.sample, seed=arguments.seed or 0)
    if arguments.map:
        return LatentQuestion(view="map", path=path)
    return LatentQuestion(view="between", path=path, ends=tuple(arguments.between or (0, 0)))


def _print_layers(seen: "LatentSeen", *, as_json: bool) -> None:
    from workbench.compiler.bottleneck import narrowest

    if as_json:
        for layer in seen.layers:
            print_json(
                {
                    "layer": layer.path,
                    "type": layer.type,
                    "shape": layer.shape,
                    "narrowest": layer == narrowest(seen.layers),
                }
            )
        return
    rows = [
        (layer.path, layer.type, describe(layer.shape), "the narrowest" if layer == narrowest(seen.layers) else "")
        for layer in seen.layers
    ]
    print(table([("layer", "type", "output", ""), *rows]))

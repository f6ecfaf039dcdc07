"""``features``: show what a layer makes of a picture, and which pictures excite a channel the most."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cli import values
from workbench.cli.console import check_png, print_json, progress_shown, table
from workbench.cli.folders import add_asked_network, asked_network
from workbench.durable import write_bytes
from workbench.layers.base import describe
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.spec.problems import SpecError
from workbench.spec.quantities import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.compiler.places import FeatureLayer
    from workbench.session.views.attention import OnePicture
    from workbench.session.views.features import FeaturesSeen, StrongestSeen
    from workbench.session.views.neighbours import Gallery
    from workbench.session.views.network import Network

TOP = 9
"""The usual number of pictures that excite a channel the most."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``features RUN|NETWORK``."""
    parser = subparsers.add_parser(
        "features",
        help="show a layer's maps of a picture, and what excites a channel",
        description="Look into the network of a run's best checkpoint, or into one without a run. Without --layer, list "
        "its layers. With it, print the range of each channel's feature map of a picture, or the pictures that excite "
        "one channel the most, with the part of them that it sees. The pictures are those of its data for testing (or "
        "validation, or training, if there are no others), or one of your own.",
        epilog="examples: %(prog)s 2026-11-28-lenet-1 --layer conv1 --picture 3 -o maps.png\n"
        "          %(prog)s 2026-11-28-lenet-1 --layer conv2 --strongest 5\n"
        "          %(prog)s resnet18 --weights torchvision:resnet18 --layer layer1.0.conv1 --picture cat.jpg",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_asked_network(parser)
    parser.add_argument("--layer", metavar="NAME", help="the layer's path, as without this option: layer1.0.conv1")
    parser.add_argument("--picture", metavar="N|FILE", default="0", help="its number, from 0, or a file; usually 0")
    parser.add_argument(
        "--strongest", metavar="CHANNEL", type=values.number, help="show the pictures that excite this channel, from 0"
    )
    parser.add_argument(
        "--mean", action="store_true", help="with --strongest: compare means of the map instead of its largest numbers"
    )
    parser.add_argument("--top", metavar="N", type=values.count, default=TOP, help=f"how many; usually {TOP}")
    parser.add_argument("--own-scale", action="store_true", help="give each channel of FILE.png its own scale")
    parser.add_argument("-o", "--output", metavar="FILE.png", type=Path, help="write them as a picture")
    parser.add_argument("--json", action="store_true", help="one line of JSON per layer, channel or picture")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look into the network and print what is there."""
    from workbench.session.views.features import layer_called

    check_png(arguments.output)
    if arguments.layer is None and (arguments.strongest is not None or arguments.output is not None):
        raise SpecError("no layer is named: add --layer NAME; without other options, all are listed")
    if arguments.mean and arguments.strongest is None:
        raise SpecError("--mean says by what the strongest pictures are compared: add --strongest CHANNEL")
    with progress_shown() as progress:
        network = asked_network(arguments, progress)
    if arguments.layer is None:
        _print_layers(network, as_json=arguments.json)
    elif arguments.strongest is None:
        _show_maps(network, layer_called(network, arguments.layer), arguments)
    else:
        _show_strongest(network, layer_called(network, arguments.layer), arguments)
    return 0


def _print_layers(network: "Network", *, as_json: bool) -> None:
    from workbench.compiler.places import feature_layers

    layers = feature_layers(network.resolution)
    if as_json:
        for layer in layers:
            print_json({"layer": layer.path, "type": layer.type, "shape": layer.shape, "channels": layer.num_channels})
        return
    rows = [(layer.path, layer.type, describe(layer.shape), f"{layer.num_channels:,}") for layer in layers]
    print(table([("layer", "type", "output", "channels"), *rows], right=(3,)))


def _gallery(network: "Network") -> "Gallery":
    from workbench.session.views.neighbours import gallery_of

    return gallery_of(network.dataset, network.plan.shown[0])


def _show_maps(network: "Network", layer: "FeatureLayer", arguments: argparse.Namespace) -> None:
    """Print a line for each channel, and write the sheet if wanted."""
    from workbench.session.views.feature_sheet import feature_sheet
    from workbench.session.views.features import FeaturesQuestion, features_seen

    picture = _picture(network, arguments.picture)
    seen = features_seen(network, FeaturesQuestion(picture=picture, path=layer.path))
    if arguments.output is not None:
        title = f"{layer.path}, {'x'.join(map(str, layer.shape))}: {picture.name} {network.state_words}"
        file = arguments.output.expanduser()
        write_bytes(file, feature_sheet(seen, title, one_scale=not arguments.own_scale))
        if not arguments.json:
            print(f"{file}: {layer.num_channels:,} channels of {layer.path}, {picture.name}, {network.state_words}")
            return
    _print_channels(seen, as_json=arguments.json)


def _picture(network: "Network", text: str) -> "OnePicture":
    """Return the picture with this number, or in this file."""
    from workbench.session.views.attention import OnePicture
    from workbench.session.views.predictions import picture_in

    if not text.isdecimal():
        file = Path(text).expanduser()
        if len(network.dataset.train.inputs.shape) != 4:
            raise SpecError(f"--picture {text}: this network takes rows of numbers: give the number of one")
        return OnePicture(name=file.name, read=partial(picture_in, file, network.plan, network.dataset))
    gallery, number = _gallery(network), int(text)
    if number >= gallery.count:
        there = f"has 0 to {gallery.count - 1:,}" if gallery.count else "is not here: name a file"
        raise SpecError(f"--picture {number}: the {SPLIT_TITLES[gallery.split]} split {there}")
    return OnePicture(name=_name(gallery, number), split=gallery.split, number=number)


def _print_channels(seen: "FeaturesSeen", *, as_json: bool) -> None:
    rows = [
        {
            "channel": channel,
            "smallest": float(values.min()),
            "mean": float(values.mean()),
            "largest": float(values.max()),
            "zeros": float((values == 0).mean()),
        }
        for channel, values in enumerate(seen.values)
    ]
    if as_json:
        for row in rows:
            print_json(row)
        return
    cells = [
        (str(row["channel"]), *(significant(row[key]) for key in list(row)[1:4]), f"{row['zeros']:.1%}") for row in rows
    ]
    print(table([tuple(rows[0]), *cells], right=range(5)))


def _show_strongest(network: "Network", layer: "FeatureLayer", arguments: argparse.Namespace) -> None:
    """Print the pictures that excite a channel the most, and write them if wanted."""
    from workbench.session.views.feature_sheet import picture_sheet
    from workbench.session.views.features import strongest_seen

    channel = arguments.strongest
    if not 0 <= channel < layer.num_channels:
        raise SpecError(f"--strongest {channel}: {layer.path} has the channels 0 to {layer.num_channels - 1:,}")
    gallery = _gallery(network)
    with progress_shown() as progress:
        seen = strongest_seen(network, layer.path, progress, num_kept=arguments.top)
    if seen.problem:
        raise SpecError(seen.problem)
    rows = _rows(seen, layer, gallery, channel, by_mean=arguments.mean)
    if arguments.json:
        for row in rows:
            print_json(row)
    else:
        print(table([("number", "name", "class", "response", "rows", "columns"), *map(_cells, rows)], right=(0, 3)))
    if arguments.output is not None:
        if len(gallery.shape) != 3:
            raise SpecError(
                f"-o {arguments.output}: this data is rows of numbers, which have no pictures: leave it out"
            )
        pictures = [np.asarray(gallery.picture(row["picture"])) for row in rows]
        captions = [f"{row['picture']}: {row['response']:.3g}" for row in rows]
        frames = [row["patch"] for row in rows]
        write_bytes(arguments.output.expanduser(), picture_sheet(pictures, frames, captions))


def _rows(
    seen: "StrongestSeen", layer: "FeatureLayer", gallery: "Gallery", channel: int, *, by_mean: bool
) -> "list[dict[str, Any]]":
    assert seen.found is not None
    ranking = seen.found.by_mean if by_mean else seen.found.by_largest
    width = 1 if layer.sides is None else layer.sides[1]
    found = []
    for rank, number in enumerate(ranking.numbers[:, channel].tolist()):
        row, column = divmod(int(ranking.places[rank, channel]), width)
        patch = None if seen.patches is None else seen.patches.of(row, column)
        found.append(
            {
                "picture": number,
                "name": None if gallery.names is None else str(gallery.names[number]),
                "class": None if gallery.labels is None else gallery.class_names[int(gallery.labels[number])],
                "response": float(ranking.responses[rank, channel]),
                "pixels": None if seen.patches is None else seen.patches.pixels(row, column),
                "patch": patch,
            }
        )
    return found


def _cells(row: "dict[str, Any]") -> tuple[str, ...]:
    pixels: Sequence[int] | None = row["pixels"]
    sides = ("all", "all") if pixels is None else (f"{pixels[0]}–{pixels[2]}", f"{pixels[1]}–{pixels[3]}")
    return (str(row["picture"]), row["name"] or "–", row["class"] or "–", significant(row["response"]), *sides)


def _name(gallery: "Gallery", number: int) -> str:
    return f"{SPLIT_TITLES[gallery.split]} picture {number:,}" if len(gallery.shape) == 3 else f"row {number:,}"

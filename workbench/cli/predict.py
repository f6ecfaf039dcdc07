"""``predict``: show what a network sees in pictures of one's own, or find some among them."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cli import predict_rows, predict_why, values
from workbench.cli.console import check_png, print_json, progress_shown, table
from workbench.cli.folders import add_asked_network, asked_network
from workbench.durable import check_writable, write_bytes
from workbench.session.views.why import METHODS
from workbench.spec.problems import SpecError
from workbench.spec.quantities import significant
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.data.progress import Progress
    from workbench.session.views.album import Predicted
    from workbench.session.views.network import Network
    from workbench.session.views.predictions import Answer

TOP = 20
"""The usual number of pictures of a class, or similar to another."""

SHARES = ("confidence", "share")
"""The columns in percent."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``predict RUN|NETWORK FILE...``."""
    parser = subparsers.add_parser(
        "predict",
        help="show what a network sees in pictures, or rows, of your own",
        description="Ask a run's best checkpoint, or a network without a run, about pictures of your own. They are "
        "decoded, resized, made grey or colour and normalised as the network's pictures are. For each, print the five likeliest classes with their "
        "confidence, the labels, or the number that the network predicts; of a class for each pixel the share that each "
        "has, and -o draws masks and predicted pictures. Of many, print those of a class, or those "
        "similar to another. A network for rows of numbers is asked about those of a table, one for series about those "
        "of an .npz file.",
        epilog="examples: %(prog)s 2026-11-28-lenet-1 boot.png holidays/\n"
        "          %(prog)s 2026-11-28-lenet-1 holidays/ --class Sandal --top 20\n"
        "          %(prog)s 2026-11-28-lenet-1 boot.png --why grad-cam --class Sandal -o why.png\n"
        "          %(prog)s 2026-11-28-u-net-1 street.jpg -o masks.png\n"
        "          %(prog)s 2026-11-28-wines-1 bottles.csv -o answers.csv\n"
        "          %(prog)s resnet18 cat.jpg --weights torchvision:resnet18",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_asked_network(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        type=Path,
        help="a picture, or a folder with pictures at any depth; or a table of rows, or an .npz file of series",
    )
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument(
        "--class",
        dest="name",
        metavar="NAME",
        help="the pictures that are the most confident of this class or label, whatever is the likeliest for them, or "
        "that have the most of this class of pixels",
    )
    wanted.add_argument(
        "--similar-to",
        metavar="PICTURE",
        type=Path,
        help="the pictures most similar to this one by the last hidden layer, or by the embedding, with their distance; without a FILE, of "
        "those that the network learnt from",
    )
    parser.add_argument(
        "--top", metavar="N", type=values.count, help=f"how many of a class, or similar to another; usually {TOP}"
    )
    parser.add_argument(
        "--why",
        metavar="METHOD",
        choices=METHODS,
        help=f"show which parts of each picture its likeliest answer comes from, or that of --class: {', '.join(METHODS)}",
    )
    parser.add_argument("--layer", metavar="NAME", help="the layer whose maps grad-cam looks at; usually the last")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="draw each picture beside the mask or picture that the network answers with, or what --why finds, a PNG "
        "file; of rows, write all with their answers, a CSV file",
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON per picture or row")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask the network and print its answers."""
    _check(arguments)
    with progress_shown() as progress:
        network = asked_network(arguments, progress)
        if network.dataset.thing != "picture":
            show = predict_rows.asked(arguments, network, progress)
        elif arguments.why is not None:
            show = predict_why.asked(arguments, network, progress)
        else:
            show = partial(_show, arguments, _found(arguments, network, progress))
    show()
    return 0


def _show(arguments: argparse.Namespace, found: "Predicted") -> None:
    """Print the answers about pictures."""
    query = arguments.similar_to
    if query is not None:
        _print_rows(found, _similar(found), arguments.json)
    elif arguments.name is not None:
        _print_rows(found, _of_class(found, arguments), arguments.json)
    elif arguments.json:
        for number in np.flatnonzero(found.is_shown).tolist():
            print_json(_result(found, number))
    else:
        print(_answered(found), end=_unread(found))


def _check(arguments: argparse.Namespace) -> None:
    """Raise SpecError if what is asked makes no sense, whatever the network."""
    query = arguments.similar_to
    if arguments.why is not None:
        predict_why.check(arguments)
    elif arguments.layer is not None:
        raise SpecError("--layer belongs to --why METHOD: add it, or leave it out")
    elif arguments.output is not None:
        if arguments.output.suffix.lower() not in (".csv", ".png"):
            raise SpecError(f"-o {arguments.output}: name a .png file for pictures, or a .csv file for answers to rows")
        if query is not None:
            raise SpecError("-o draws what the network makes of each FILE: leave out --similar-to, or -o")
        check_writable(arguments.output.expanduser())
    if not arguments.files and query is None:
        raise SpecError("no picture is named: name pictures, or a folder of pictures, or a table of rows")
    if query is not None and query.expanduser().is_dir():
        raise SpecError(f"--similar-to takes one picture, and {query} is a folder: name a picture in it")
    if arguments.top is not None and query is None and arguments.name is None:
        raise SpecError(
            "--top says how many of a class, or similar to another: add --class NAME or --similar-to PICTURE"
        )


def _found(arguments: argparse.Namespace, network: "Network", progress: "Progress") -> "Predicted":
    """Return the answers about pictures, and the similar ones that are wanted; draw them where that is wanted.

    Raises SpecError if there are none, or none that can be printed or drawn.
    """
    from workbench.session.views.own_pictures import OwnPictures, answers_of, similar_by
    from workbench.session.views.predictions import heads_asked

    paths, query, heads = (
        [file.expanduser() for file in arguments.files],
        arguments.similar_to,
        heads_asked(network.plan),
    )
    if query is not None:
        return similar_by(network, query.expanduser(), paths, arguments.top or TOP, progress)
    if arguments.output is not None:
        check_png(arguments.output)
        if not any(head.is_drawn for head in heads):
            raise SpecError(
                "-o draws masks and pictures, and this network answers with none: add --why METHOD, or leave -o out"
            )
    elif heads and not any(head.width for head in heads):
        raise SpecError("this network answers with pictures: add -o FILE.png, which draws them")
    found = answers_of(network, OwnPictures(paths), progress)
    if not heads:
        raise SpecError("this network gives an embedding, which names nothing: add --similar-to PICTURE")
    if not found.is_readable.any():
        raise SpecError(f"none of these can be read as a picture; {found.file(0)}: {found.problem_of(0)}")
    if arguments.output is not None:
        from workbench.session.views.own_sheet import answers_sheet

        write_bytes(
            arguments.output.expanduser(), answers_sheet(found, _numbers(found, arguments), network.state_words)
        )
    return found


def _numbers(found: "Predicted", arguments: argparse.Namespace) -> list[int]:
    """Return the pictures that are wanted: those of a class or label, the most confident first, or all."""
    if arguments.name is None:
        return [number for number in found.order.tolist() if found.is_readable[number]]
    most = found.most_confident(*found.find_name(arguments.name))[: arguments.top or TOP]
    return [int(number) for number in most]


def _of_class(found: "Predicted", arguments: argparse.Namespace) -> "list[dict[str, Any]]":
    """Return the pictures that are the most confident of a class or label, or have the most of a class of pixels."""
    head, place = found.find_name(arguments.name)
    what, values = "share" if found.heads[head].is_drawn else "confidence", found.values(head, place)
    return [
        {"file": found.file(number), what: float(values[number]), "likeliest": _likeliest(found, number)}
        for number in _numbers(found, arguments)
    ]


def _similar(found: "Predicted") -> "list[dict[str, Any]]":
    """Return the pictures that are the nearest to another."""
    similar, training = found.similar, found.training
    assert similar is not None and training is not None
    if not len(similar.numbers):
        raise SpecError(
            "there is no other picture among these: name more, or none for those that the network learnt from"
        )
    nearest = zip(similar.numbers.tolist(), similar.distances.tolist(), strict=True)
    if not similar.query.in_training:
        return [
            {"file": found.file(number), "distance": distance}
            | ({"likeliest": _likeliest(found, number)} if any(head.width for head in found.heads) else {})
            for number, distance in nearest
        ]
    names, labels = training.names, training.labels
    return [
        {
            "picture": number,
            "name": None if names is None else str(names[number]),
            "distance": distance,
            "class": None if labels is None else training.class_names[int(labels[number])],
        }
        for number, distance in nearest
    ]


def _likeliest(found: "Predicted", number: int) -> str:
    return "; ".join(answer.words(most=1) for answer in _said(found, number))


def _said(found: "Predicted", number: int) -> "list[Answer]":
    """Return the answers that can be printed: all but pictures."""
    return [answer for answer in found.answers(number) if answer.kind != "picture"]


def _print_rows(found: "Predicted", rows: "Sequence[dict[str, Any]]", as_json: bool) -> None:
    """Print a line for each row, and for each file that cannot be used."""
    if as_json:
        for row in [*rows, *(_result(found, number) for number in _broken(found))]:
            print_json(row)
        return
    headings = tuple(rows[0])
    cells = (tuple(_cell(key, row[key]) for key in headings) for row in rows)
    right = [place for place, heading in enumerate(headings) if heading in (*SHARES, "picture", "distance")]
    print(table([headings, *cells], right=right), end=_unread(found))


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if key in SHARES else significant(value) if isinstance(value, float) else str(value)


def _result(found: "Predicted", number: int) -> dict[str, Any]:
    if problem := found.problem_of(number):
        return {"file": found.file(number), "problem": problem}
    return {"file": found.file(number), "answers": [answer.plain() for answer in _said(found, number)]}


def _answered(found: "Predicted") -> str:
    numbers = [number for number in found.order.tolist() if found.is_readable[number]]
    said = [head for head in found.heads if head.width]
    heads = [head.column.name if len(said) == 1 else head.title for head in said]
    rows = ((found.file(number), *(answer.words() for answer in _said(found, number))) for number in numbers)
    return table([("picture", *heads), *rows])


def _broken(found: "Predicted") -> list[int]:
    return [number for number in found.order.tolist() if not found.is_readable[number]]


def _unread(found: "Predicted") -> str:
    """Return how the output ends: with the files that cannot be used."""
    broken = _broken(found)
    lines = [f"{found.file(number)}: {found.problem_of(number)}" for number in broken]
    return "\n".join(["", *["", f"{plural(len(broken), 'file')} cannot be used:", *lines] * bool(broken), ""])

"""``predict``: show what a network sees in pictures of one's own."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.cli.console import StatusLine, print_json, progress_on, table
from workbench.cli.folders import add_run_argument, chosen_run
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.session.views.predictions import Answer, Prediction


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``predict RUN FILE...``."""
    parser = subparsers.add_parser(
        "predict",
        help="show what a network sees in pictures of your own",
        description="Ask a run's best checkpoint about pictures of your own. They are decoded, resized, made grey or "
        "colour and normalised as the pictures of the run are. For each, print the five likeliest classes with their "
        "confidence, the labels, or the number that the network predicts.",
        epilog="example: %(prog)s 2026-11-28-lenet-1 boot.png holidays/",
    )
    add_run_argument(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="a picture, or a folder with pictures at any depth"
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON per picture")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask the network and print its answers."""
    from workbench.session.views.predictions import predictions_of_run

    folder = chosen_run(arguments)
    status = StatusLine()
    paths = [file.expanduser() for file in arguments.files]
    try:
        asked = predictions_of_run(folder, paths, progress_on(status))
        found = [replace(each, pixels=None) for each in asked]  # of a large folder, they would not fit into memory
    finally:
        status.clear()
    answered, broken = [each for each in found if not each.problem], [each for each in found if each.problem]
    if arguments.json:
        for each in found:
            print_json(_result(each))
    elif answered:
        print("\n\n".join([_answered(answered), _unread(broken)] if broken else [_answered(answered)]))
    if not answered:
        raise SpecError(f"none of these can be read as a picture; {broken[0].file}: {broken[0].problem}")
    return 0


def _result(found: "Prediction") -> dict[str, Any]:
    if found.problem:
        return {"file": found.file, "problem": found.problem}
    return {"file": found.file, "answers": [_plain(answer) for answer in found.answers]}


def _plain(answer: "Answer") -> dict[str, Any]:
    head: dict[str, Any] = {"output": answer.output, "target": answer.target}
    if not answer.choices:
        return head | {"numbers": answer.numbers, "unit": answer.unit}
    if answer.are_labels:
        head["labels"] = [choice.name for choice in answer.given]
    return head | {"likeliest": msgspec.to_builtins(answer.choices)}


def _answered(found: "Sequence[Prediction]") -> str:
    first = found[0].answers
    heads = [answer.target if len(first) == 1 else f"{answer.output} → {answer.target}" for answer in first]
    return table([("picture", *heads), *((each.file, *map(_in_words, each.answers)) for each in found)])


def _in_words(answer: "Answer") -> str:
    if not answer.choices:
        return f"{' '.join(f'{number:,.4g}' for number in answer.numbers)} {answer.unit}".rstrip()
    choices = answer.given if answer.are_labels else answer.choices
    return ", ".join(f"{choice.name} {choice.confidence:.1%}" for choice in choices) or "none"


def _unread(broken: "Sequence[Prediction]") -> str:
    lines = [f"{each.file}: {each.problem}" for each in broken]
    return "\n".join([f"{plural(len(broken), 'file')} cannot be used:", *lines])

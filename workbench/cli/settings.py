"""``--set PATH=VALUE``: any setting of an experiment by its path."""

import argparse

from workbench.spec.problems import SpecError


def add_set_option(parser: argparse.ArgumentParser, help_: str) -> None:
    """``--set PATH=VALUE``, as often as one likes."""
    parser.add_argument("--set", metavar="PATH=VALUE", action="append", default=[], dest="settings", help=help_)


def settings_of(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    """Path and value of each ``--set``, in their order. SpecError where one has no value."""
    pairs = []
    for setting in arguments.settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise SpecError(f"--set {setting}: a value is missing: write {path}=VALUE")
        pairs.append((path, text))
    return pairs

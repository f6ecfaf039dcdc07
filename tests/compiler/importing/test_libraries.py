"""The documented table of imported networks is true: each is imported again and compared with the original."""

import re
from pathlib import Path

import pytest

from workbench.compiler.analysis import analyse
from workbench.compiler.importing.network import TOLERANCE, import_module
from workbench.compiler.importing.source import load

PAGE = Path(__file__).parents[3] / "docs" / "imported.md"
ROW = re.compile(r"\| `(\w+:\w+)` \| ([\d,]+) \| (\d+) \| (\d+) \|")


def listed() -> dict[str, tuple[int, ...]]:
    """The numbers of layers, blocks and formulas by network."""
    found = ROW.findall(PAGE.read_text("utf-8"))
    return {source: tuple(int(number.replace(",", "")) for number in numbers) for source, *numbers in found}


def test_the_page_lists_networks() -> None:
    assert len(listed()) > 50


@pytest.mark.slow
@pytest.mark.parametrize("source", listed())
def test_it_comes_in_as_the_page_says(source: str) -> None:
    found = load(source, None)
    imported = import_module(found.model, found.shapes, found.name)
    assert imported.max_abs_difference <= TOLERANCE
    architecture = imported.architecture
    assert (len(analyse(architecture).leaves), len(architecture.blocks), len(imported.opaque)) == listed()[source]

"""The pages of architectures and of layers agree with the presets and the catalogue."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["architectures", "layers"])
def test_the_written_page_is_up_to_date(name: str) -> None:
    """If this fails: ./run python docs/NAME.py"""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    text = writer.page()
    assert writer.PAGE.read_text("utf-8") == text

"""The page of architectures agrees with the presets."""

import importlib.util
from pathlib import Path

WRITER = Path(__file__).parents[2] / "docs" / "architectures.py"


def test_the_page_of_architectures_is_up_to_date() -> None:
    """If this fails: ./run python docs/architectures.py"""
    spec = importlib.util.spec_from_file_location("docs_architectures", WRITER)
    assert spec is not None and spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    text = writer.page()
    assert writer.PAGE.read_text("utf-8") == text

"""Pictures with planted duplicates and leaks; what is found in them is kept in the test's own folder."""

from pathlib import Path

import pytest

from tests.session.planted import plant


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return plant(tmp_path / "pets")

"""Where the tests run: one thread, no screen, folders of their own, and nothing left behind (see ``leaks``)."""

import importlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
import tqdm

from workbench.session import doctor

# Before torch or Qt is loaded by anything.
os.environ.update(OMP_WAIT_POLICY="PASSIVE", OMP_NUM_THREADS="1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.leaks", "pytester"]

HAS_QT = find_spec("PySide6") is not None
HERE = Path(__file__).parent

MOST_PROCESSES = 8
"""Each keeps torch and what the tests load with it, some 2 GB."""

# How long an example takes says nothing here: the machine is shared.
hypothesis.settings.register_profile("workbench", deadline=None, print_blob=True)
hypothesis.settings.load_profile("workbench")


# Comes with timm; wherever torch finds it, a thread of its own would watch each bar of progress.
tqdm.tqdm.monitor_interval = 0


def pytest_addoption(parser: pytest.Parser) -> None:
    if find_spec("pytestqt") is None:
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "read by pytest-qt, which is not here")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main() -> int | None:
    """End with one line where Qt is installed and cannot be loaded, before pytest-qt ends with a page."""
    if HAS_QT:
        try:
            importlib.import_module("PySide6.QtWidgets")
        except ImportError as error:
            print(doctor.remedy(doctor.missing_libraries()) or error, file=sys.stderr)
            return pytest.ExitCode.USAGE_ERROR
    return None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a core for all of the tests. Some that are named start at once, in this one, where a debugger reaches
    them.
    """
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword:
        return 0
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def _of_window(path: Path) -> bool:
    """Whether a file tests what Qt draws: all of the window's do but those of the presenters, which must not need
    it.
    """
    return path.is_relative_to(HERE / "gui") and path.suffix == ".py" and "presenter" not in path.name


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without Qt, what imports it is not even read."""
    return True if _of_window(collection_path) and not HAS_QT else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs Qt bears the mark ``qt``, and is left out where it is not: CI's two rounds are all tests, each
    once.
    """
    for item in items:
        if _of_window(item.path):
            item.add_marker("qt")
        elif not HAS_QT and item.get_closest_marker("qt"):
            item.add_marker(pytest.mark.skip(reason="needs Qt"))


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder under which the program keeps everything while the tests run."""
    folder = tmp_path_factory.mktemp("home")
    os.environ["WORKBENCH_HOME"] = str(folder)
    return folder

"""The tests' environment: one thread, no screen, temporary folders, and nothing left behind (see ``leaks``)."""

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
import tqdm

from workbench.session import doctor

# Before anything loads torch or Qt.
os.environ.update(OMP_WAIT_POLICY="PASSIVE", OMP_NUM_THREADS="1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.leaks", "pytester"]

HAS_QT = find_spec("PySide6") is not None
HERE = Path(__file__).parent

SLOW_S = 3600
"""The time limit of a slow test, which may run on a machine where much else runs."""

MOST_PROCESSES = 8
"""Each loads torch and the tests' other libraries, about 2 GB."""

LONGEST = {
    HERE / file: place
    for place, file in enumerate(
        (
            "export/test_training_code.py",
            "export/test_drawn_recipes.py",
            "training/distributed/test_ranks.py",
            "session/running/test_in_process.py",
            "compiler/importing/test_onnx.py",
            "compiler/importing/test_hostile.py",
            "export/test_onnx.py",
            "session/running/test_memory.py",
            "gui/weights/test_weights.py",
            "cli/test_hostile.py",
            "compiler/importing/test_torch.py",
            "session/exchange/test_export.py",
            "gui/export/test_export_view.py",
            "layers/test_layers.py",
            "presets/test_exact.py",
            "cli/test_process.py",
            "cli/test_weights.py",
            "gui/importing/test_importing.py",
            "session/running/test_distributed.py",
            "gui/test_journey.py",
            "gui/test_monkey.py",
            "data/test_rows.py",
            "cli/test_import.py",
        )
    )
}
"""The files that take longest, which begin first, so that no process is left alone with one at the end."""

# The duration of an example means nothing on a shared machine.
hypothesis.settings.register_profile("workbench", deadline=None, print_blob=True)
hypothesis.settings.load_profile("workbench")


# tqdm comes with timm; wherever torch finds it, it would start a thread that monitors progress bars.
tqdm.tqdm.monitor_interval = 0


def pytest_addoption(parser: pytest.Parser) -> None:
    if find_spec("pytestqt") is None:
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "read by pytest-qt, which is not here")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main() -> int | None:
    """Exit with one line if Qt is installed but cannot be loaded, before pytest-qt prints a page."""
    if HAS_QT:
        try:
            importlib.import_module("PySide6.QtWidgets")
        except ImportError as error:
            print(doctor.remedy(doctor.missing_libraries()) or error, file=sys.stderr)
            return pytest.ExitCode.USAGE_ERROR
    return None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process per core for all tests; selected tests run in this process, where a debugger works."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword:
        return 0
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def _of_window(path: Path) -> bool:
    """Whether a file tests what Qt draws: all in ``gui`` except the presenters' tests, which must not need Qt."""
    return path.is_relative_to(HERE / "gui") and path.suffix == ".py" and "presenter" not in path.name


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without Qt, skip files that import it."""
    return True if _of_window(collection_path) and not HAS_QT else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let no garbage collection look at the tests and what they import: a million objects that stay until the end."""
    gc.disable()
    yield
    gc.freeze()
    atexit.register(gc.unfreeze)  # the interpreter's shutdown needs them
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files. Mark tests that need Qt with ``qt``, and skip them without it: CI's two rounds run
    each test once. Give slow ones time.
    """
    items.sort(key=lambda item: LONGEST.get(item.path, len(LONGEST)))
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOW_S), append=False)
        if _of_window(item.path):
            item.add_marker("qt")
        elif not HAS_QT and item.get_closest_marker("qt"):
            item.add_marker(pytest.mark.skip(reason="needs Qt"))


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder under which the program stores everything during the tests."""
    folder = tmp_path_factory.mktemp("home")
    os.environ["WORKBENCH_HOME"] = str(folder)
    return folder

"""The plugin that detects leaks, applied to tests that leave something behind and to tests that do not."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PLAIN = """
import logging, multiprocessing, subprocess, sys, threading
import pytest

kept = []
never = threading.Event()
waiting = [sys.executable, "-c", "input()"]

def test_thread():
    threading.Thread(target=never.wait, name="worker", daemon=True).start()

def test_process():
    kept.append(subprocess.Popen(waiting, stdin=subprocess.PIPE))

@pytest.fixture(scope="module", autouse=True)
def end():
    yield
    never.set()
    for process in kept:
        process.communicate()

def test_log():
    logging.getLogger("workbench.data").warning("3 pictures cannot be read")

def test_a_failure_says_only_what_failed():
    threading.Thread(target=never.wait, daemon=True).start()
    assert False, "the fault itself"

@pytest.fixture(scope="module")
def shared_thread():
    thread = threading.Thread(target=never.wait, daemon=True)
    thread.start()
    return thread

def test_clean_ended_thread():
    threading.Thread(target=print).start()

def test_clean_ended_process():
    subprocess.run([sys.executable, "-c", ""], check=True)

def test_clean_fixture_of_wider_scope(shared_thread):
    assert shared_thread.is_alive()

def test_clean_caplog(caplog):
    logging.getLogger("workbench").warning("expected")
    assert caplog.messages == ["expected"]

@pytest.mark.allows_logs("it is loud")
def test_clean_marked():
    logging.getLogger("workbench").error("expected")

def test_clean_info():
    logging.getLogger("workbench").info("of no concern")
"""

QT = """
from PySide6.QtCore import QThread, QTimer, qWarning
from PySide6.QtWidgets import QLabel
import pytest

kept = []

@pytest.fixture(scope="module", autouse=True)
def end(qapp):
    yield
    for thing in kept:
        if isinstance(thing, QThread):
            thing.quit()
            thing.wait()

def test_window(qtbot):
    window = QLabel("forgotten")
    window.setObjectName("report")
    window.show()
    kept.append(window)

def test_timer(qtbot):
    timer = QTimer()
    kept.append(timer)
    timer.start(5000)

def test_qthread(qtbot):
    thread = QThread()
    kept.append(thread)
    thread.start()

def test_qt_warning(qtbot):
    qWarning("Qt is not pleased")

def test_clean_window(qtbot):
    window = QLabel("known")
    qtbot.addWidget(window)
    window.show()

def test_clean_garbage(qtbot):
    window = QLabel("unreferenced")
    window.itself = window

def test_clean_timer(qtbot):
    timer = QTimer()
    timer.start(5000)
    timer.stop()

def test_clean_qthread(qtbot):
    thread = QThread()
    thread.start()
    thread.quit()
    thread.wait()
"""


CONFTEST = """
pytest_plugins = ["tests.leaks"]

def pytest_configure(config):
    config.pluginmanager.get_plugin("tests.leaks").GRACE_S = 0.2
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """Run pytest with the plugin in a separate process."""
    pytester.makeini(f"[pytest]\npythonpath = {ROOT}\nfilterwarnings = error")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_given=source)
    return pytester.runpytest_subprocess(*options, "test_given.py")


def test_threads_processes_and_log_lines(pytester):
    result = run(pytester, PLAIN)
    result.assert_outcomes(passed=9, errors=3, failed=1)
    result.stdout.fnmatch_lines_random(
        [
            "*leaves behind the thread 'worker', started at test_given.py:* in test_thread: threading.Thread(*",
            "*leaves behind the process [[]*'input()'], started at test_given.py:* in test_process: *",
            "WARNING workbench.data (*test_given.py:*): 3 pictures cannot be read",
            "*the fault itself*",
            "ERROR test_given.py::test_thread*",
            "ERROR test_given.py::test_process*",
            "ERROR test_given.py::test_log*",
            "FAILED test_given.py::test_a_failure_says_only_what_failed*",
        ]
    )


@pytest.mark.qt
def test_windows_timers_and_warnings_of_qt(pytester):
    result = run(pytester, QT, f"--config-file={ROOT / 'pyproject.toml'}", "--rootdir=.")
    result.assert_outcomes(passed=7, errors=3, failed=1)
    result.stdout.fnmatch_lines_random(
        [
            "*leaves behind the window QLabel 'report'",
            "*leaves behind a timer of 5000 ms, started at test_given.py:* in test_timer: timer.start(5000)",
            "*leaves behind a QThread, started at test_given.py:* in test_qthread: thread.start()",
            "ERROR test_given.py::test_window*",
            "ERROR test_given.py::test_timer*",
            "ERROR test_given.py::test_qthread*",
            "FAILED test_given.py::test_qt_warning*",
        ]
    )

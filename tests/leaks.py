"""A pytest plugin that fails a test which leaves a thread, timer, window or child process behind, or logs an unexpected
warning. Each message names what was left and where it was started.

A test that has already failed may leave things behind. What wider-scoped fixtures start is left to them.
"""

import gc
import linecache
import logging
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

GRACE_S = 20.0
"""Allowed for a thread or process that has been told to end, on a busy machine."""

OTHERS = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib"))
FAILED = pytest.StashKey[bool]()

Started = list[tuple[weakref.ref[Any], str]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "allows_logs(reason): warnings in the log are part of what this test looks at")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads = _record(monkeypatch, threading.Thread, "start")
    processes = _record(monkeypatch, subprocess.Popen, "__init__")
    forks = _record(monkeypatch, BaseProcess, "start")
    qt = _Qt(monkeypatch) if "PySide6.QtWidgets" in sys.modules else None
    yield
    if request.node.stash.get(FAILED, False):
        return
    left = [
        *(f"the thread {thread.name!r}, {where}" for thread, where in _alive(threads, _runs_on)),
        *(f"the process {process.args!r}, {where}" for process, where in _alive(processes, _is_running)),
        *(f"the process {process.name!r}, {where}" for process, where in _alive(forks, _runs_on)),
        *(qt.leftovers() if qt else ()),
    ]
    if left:
        pytest.fail("This test leaves behind " + "\n               and ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def _logs_nothing_unexpected(request: pytest.FixtureRequest) -> Iterator[None]:
    listener = _Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    expected = "caplog" in request.fixturenames or request.node.get_closest_marker("allows_logs")
    if listener.lines and not expected and not request.node.stash.get(FAILED, False):
        pytest.fail("This test logs without saying so:\n" + "\n".join(listener.lines), pytrace=False)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(
            f"{record.levelname} {record.name} ({record.pathname}:{record.lineno}): {record.getMessage()}"
        )


class _Qt:
    """What Qt has started and shown since the test began."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from PySide6 import QtCore

        self.timers = _record(monkeypatch, QtCore.QTimer, "start")
        self.threads = _record(monkeypatch, QtCore.QThread, "start")
        self.windows_before = self._windows()

    def leftovers(self) -> Iterator[str]:
        from PySide6 import QtCore
        from shiboken6 import isValid

        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        if self._new_windows():
            gc.collect()
        for window in self._new_windows():
            yield f"the window {type(window).__name__} {window.objectName() or window.windowTitle()!r}"
        for timer, where in _alive(self.timers, lambda timer: isValid(timer) and timer.isActive()):
            yield f"a timer of {timer.interval()} ms, {where}"
        for _, where in _alive(self.threads, lambda thread: isValid(thread) and not thread.wait(int(1e3 * GRACE_S))):
            yield f"a QThread, {where}"

    def _new_windows(self) -> list[Any]:
        return [window for window in self._windows() if not any(window is old for old in self.windows_before)]

    def _windows(self) -> list[Any]:
        """Windows without a parent; Qt never deletes its tooltip."""
        from PySide6 import QtWidgets

        windows = QtWidgets.QApplication.topLevelWidgets() if QtWidgets.QApplication.instance() else []
        return [window for window in windows if window.parent() is None and not window.inherits("QTipLabel")]


def _record(monkeypatch: pytest.MonkeyPatch, kind: type, method: str) -> Started:
    """From now on, record each object of this kind whose method is called, with the calling line."""
    started: Started = []
    original = getattr(kind, method)

    def recording(self: Any, *args: Any, **kwargs: Any) -> Any:
        started.append((weakref.ref(self), _caller()))
        return original(self, *args, **kwargs)

    monkeypatch.setattr(kind, method, recording)
    return started


def _alive(started: Started, is_alive: Callable[[Any], bool]) -> list[tuple[Any, str]]:
    there = {id(thing): (thing, where) for reference, where in started if (thing := reference()) is not None}
    return [(thing, where) for thing, where in there.values() if is_alive(thing)]


def _runs_on(thing: threading.Thread | BaseProcess) -> bool:
    thing.join(GRACE_S)
    return thing.is_alive()


def _is_running(process: subprocess.Popen[Any]) -> bool:
    if process.pid is None:  # its program was not found
        return False
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _caller() -> str:
    """The innermost frame outside the standard library, installed packages and this plugin."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith((*OTHERS, __file__, "<")):
        frame = frame.f_back
    if frame is None:
        return "started by an installed package"
    file, number, name = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
    return f"started at {Path(file).name}:{number} in {name}: {linecache.getline(file, number).strip()}"

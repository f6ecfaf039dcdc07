"""Internal errors: the traceback goes to a log file, a sentence to the window, and work continues."""

import faulthandler
import logging
import sys
import threading
from collections import deque
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("workbench")
qt_log = logging.getLogger("workbench.qt")

LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class InternalErrors:
    """Catches uncaught errors from any thread; the window fetches the sentences."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "window.log"
        self._sentences: deque[str] = deque(maxlen=5)
        self._crash_file = (folder / "crash.log").open("a", encoding="utf-8")
        handler = logging.FileHandler(self.log_file, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger("workbench").addHandler(handler)
        self._handler = handler

    def install(self) -> None:
        """Start catching: exceptions of this and other threads, Qt's messages, and crashes below Python."""
        sys.excepthook = self._take
        threading.excepthook = lambda args: self._take(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )
        qInstallMessageHandler(_log_qt_message)
        faulthandler.enable(self._crash_file)

    def uninstall(self) -> None:
        """Restore the state before ``install``."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        faulthandler.disable()
        self._crash_file.close()
        logging.getLogger("workbench").removeHandler(self._handler)
        self._handler.close()

    def take(self) -> str | None:
        """Return the next sentence for the window, or None."""
        return self._sentences.popleft() if self._sentences else None

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("uncaught", exc_info=(kind, error, trace))
        words = (str(error).strip().splitlines() or ["no message"])[0]
        self._sentences.append(
            f"Internal error ({kind.__name__}: {words}). Your work is unaffected; details are in {self.log_file}"
        )


def _log_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:  # noqa: ARG001  # Qt passes it
    qt_log.log(LEVELS[kind], "%s", message)

"""Internal errors: the traceback goes to a log, the screen gets one line that says where."""

import logging
import sys
import threading
from types import TracebackType

from workbench import places

log = logging.getLogger(__name__)


class Fault(Exception):
    """An internal error whose traceback was logged where it happened; the message is for users."""


class FaultLog(logging.FileHandler):
    """Logs warnings and errors while a command runs; the file is created with the first one."""

    def __init__(self) -> None:
        super().__init__(places.logs_dir() / "command-line.log", encoding="utf-8", delay=True)
        self._refusal = ""
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def __enter__(self) -> "FaultLog":
        logging.getLogger().addHandler(self)
        logging.captureWarnings(capture=True)
        self._hook = threading.excepthook
        threading.excepthook = self._record_of_thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        threading.excepthook = self._hook
        logging.captureWarnings(capture=False)
        logging.getLogger().removeHandler(self)
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, including an error's traceback."""
        try:
            places.logs_dir().mkdir(parents=True, exist_ok=True)
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Remember why a record could not be written, where Python would print a traceback."""
        self._refusal = str(sys.exception())

    def record(self, error: Exception) -> str:
        """Log an exception's traceback and return the sentence to show instead."""
        log.error("the command failed", exc_info=error)
        return f"an internal error: {type(error).__name__}: {error}; {self.where}"

    def _record_of_thread(self, died: threading.ExceptHookArgs) -> None:
        """Log the exception that ended a thread, where Python would print its traceback."""
        assert died.exc_value is not None
        log.error("a thread died", exc_info=died.exc_value)

    @property
    def where(self) -> str:
        """Where the traceback is, or why it could not be written."""
        if self._refusal:
            return f"its trace could not be kept: {self._refusal}"
        return f"the trace is in {self.baseFilename}"

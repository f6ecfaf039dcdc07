"""Internal errors: the traceback goes to a log, the screen gets one line that says where."""

import logging
import sys
import threading
from types import TracebackType

from workbench import places

log = logging.getLogger(__name__)


class Fault(Exception):
    """A fault of ours whose trace has been logged where it happened; the message is for people."""


class FaultLog(logging.FileHandler):
    """Takes every warning and error that is logged while a command runs; the file is made with the first."""

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
        """Write the record; an error's trace with it."""
        try:
            places.logs_dir().mkdir(parents=True, exist_ok=True)
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging calls it so
        """Remember why a record could not be written; Python would print a trace."""
        self._refusal = str(sys.exception())

    def record(self, error: Exception) -> str:
        """Write an exception's trace; gives the sentence to show instead of it."""
        log.error("the command failed", exc_info=error)
        return f"an internal error: {type(error).__name__}: {error}; {self.where}"

    def _record_of_thread(self, died: threading.ExceptHookArgs) -> None:
        """What ends a thread; Python would print its trace."""
        assert died.exc_value is not None
        log.error("a thread died", exc_info=died.exc_value)

    @property
    def where(self) -> str:
        """Where the trace is, or why it is nowhere."""
        if self._refusal:
            return f"its trace could not be kept: {self._refusal}"
        return f"the trace is in {self.baseFilename}"

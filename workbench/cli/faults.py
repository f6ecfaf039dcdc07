"""Faults of ours: the trace goes into a log, the screen gets one line that says where."""

import logging
from types import TracebackType

from workbench.data import places

log = logging.getLogger(__name__)


class FaultLog(logging.FileHandler):
    """Takes every warning and error that is logged while a command runs; the file is made with the first."""

    def __init__(self) -> None:
        super().__init__(places.logs_dir() / "command-line.log", encoding="utf-8", delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.any_of_ours = False

    def __enter__(self) -> "FaultLog":
        logging.getLogger().addHandler(self)
        logging.captureWarnings(capture=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.captureWarnings(capture=False)
        logging.getLogger().removeHandler(self)
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; an error's trace with it."""
        places.logs_dir().mkdir(parents=True, exist_ok=True)
        ours = record.name.startswith("workbench.")
        self.any_of_ours = self.any_of_ours or (ours and record.levelno >= logging.ERROR)
        super().emit(record)

    def record(self, error: Exception) -> str:
        """Write an exception's trace; gives the sentence to show instead of it."""
        log.error("the command failed", exc_info=error)
        return f"a fault of the workbench: {type(error).__name__}: {error}; {self.where}"

    @property
    def where(self) -> str:
        """Where the trace is."""
        return f"the trace is in {self.baseFilename}"

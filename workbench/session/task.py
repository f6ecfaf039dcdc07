"""One piece of work in its own thread, such as reading a file or starting a run; the window polls for its result."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Task(Generic[T]):
    """Calls ``work`` at once, in its own thread."""

    def __init__(self, name: str, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether there is a result, or an error."""
        return not self._thread.is_alive()

    def result(self) -> T:
        """Return the result of ``work``, or raise what it raised. Only once it has ended."""
        assert self.ended
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # None only where T is None

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; return whether it came within ``timeout_s``."""
        self._thread.join(timeout_s)
        return self.ended

    def _main(self) -> None:
        try:
            self._result = self._work()
        except Exception as error:  # noqa: BLE001  # raised again by result
            self._error = error

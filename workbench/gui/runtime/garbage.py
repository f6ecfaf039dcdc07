"""Runs garbage collection in the window's thread only.

Python collects in whichever thread creates the next object, and frees what it finds there. A widget that is freed
outside Qt's own thread, while that thread sends it an event, crashes the process some seconds later, somewhere else.
"""

import gc
import time

from PySide6.QtCore import QObject

from workbench.gui.runtime.event_pump import EventPump

REST_S = 10.0
"""Minimum time between two collections of the oldest generation."""

REST_SHARE = 200
"""The same, as a multiple of the time that the last of them took."""


class Collector(QObject):
    """Collects at the pump's ticks, as Python would: young objects often, all of them rarely."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__(pump)
        self._pump = pump
        self._whole_s = 0.0
        self._whole_at_s = 0.0

    def start(self) -> None:
        """Start, once large modules are loaded: scanning half a million objects as they are created is too slow."""
        gc.disable()
        self._pump.ticked.connect(self.look)

    def look(self) -> None:
        """Collect the oldest generation that is due."""
        generation = due()
        began_s = time.monotonic()
        if generation == 2 and began_s - self._whole_at_s < max(REST_S, REST_SHARE * self._whole_s):
            generation = 1
        if generation is not None:
            gc.collect(generation)
        if generation == 2:
            self._whole_at_s = time.monotonic()
            self._whole_s = self._whole_at_s - began_s


def due() -> int | None:
    """Return the oldest generation that Python itself would collect now."""
    pairs = zip(gc.get_count(), gc.get_threshold(), strict=True)
    return max((generation for generation, (count, threshold) in enumerate(pairs) if count > threshold), default=None)

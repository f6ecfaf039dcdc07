"""Garbage is looked for in the window's own thread alone.

Python looks for it in whichever thread makes the next object, and frees what it finds there. A widget that is freed
beside Qt's own thread, while that one sends it an event, takes the process down: some seconds later, somewhere else.
"""

import gc
import time

from PySide6.QtCore import QObject

from workbench.gui.event_pump import EventPump

REST_S = 10.0
"""Between two looks at everything."""

REST_SHARE = 200
"""And at least so many times as long as the last of them took."""


class Collector(QObject):
    """Looks at each of the pump's ticks, as Python would: often among young objects, seldom among all of them."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__(pump)
        self._pump = pump
        self._whole_s = 0.0
        self._whole_at_s = 0.0

    def start(self) -> None:
        """Once what is large is loaded: looking through half a million objects while they are made takes too long."""
        gc.disable()
        self._pump.ticked.connect(self.look)

    def look(self) -> None:
        """Collect the oldest generation whose turn it is."""
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
    """The oldest generation of which Python itself would look through now."""
    pairs = zip(gc.get_count(), gc.get_threshold(), strict=True)
    return max((generation for generation, (count, threshold) in enumerate(pairs) if count > threshold), default=None)

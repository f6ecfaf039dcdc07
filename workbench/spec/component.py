"""One choice from a catalogue, such as an optimizer or a data source."""

from workbench.spec.record import Record, Value


class Component(Record):
    """One choice from a catalogue (optimizer, schedule, loss, data source, augmentation) and its settings."""

    type: str
    parameters: dict[str, Value] = {}

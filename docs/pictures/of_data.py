"""The picture of the data window."""

from PySide6.QtWidgets import QApplication
from shooting import HERE, wait

from workbench.gui.browse_data.view import DataWindow
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.spec.files import read_experiment


def data(app: QApplication) -> None:
    """The small Fashion-MNIST after its survey, with a picture selected that has a near duplicate in the test split."""
    theme.apply(app, "light")
    pump = EventPump()
    look = DataWindow(None, Document(read_experiment("lenet")), pump)
    look.show()
    wait(app, lambda: not pump.busy)
    look.select(look.presenter.facts.leaks[0].numbers[0])
    wait(app, lambda: not pump.busy)  # the close-up is read in a thread
    app.processEvents()  # a changed layout is painted with the next events
    look.grab().save(str(HERE / "data.png"))
    look.close()

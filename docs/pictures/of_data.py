"""The pictures of the data window."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QApplication
from shooting import HERE, close, let_live, opened, wait
from sklearn.datasets import load_wine

from workbench.data.embedded import folder_of
from workbench.gui.browse_data.view import DataWindow
from workbench.gui.experiment.document import Document
from workbench.gui.own_rows.view import OwnRowsWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import State
from workbench.gui.widgets import theme
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace


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


def numbers(app: QApplication) -> None:
    """Scikit-learn's wines, written as a table."""
    theme.apply(app, "light")
    wines = load_wine()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "wine.csv"
        with file.open("w", newline="") as written:
            rows = zip(wines.data.tolist(), wines.target_names[wines.target], strict=True)
            csv.writer(written).writerows([[*wines.feature_names, "class"], *([*row, name] for row, name in rows)])
        source = Component(type="TableFile", parameters={"file": str(file)})
        experiment = replace(read_experiment("mlp-moons"), data=DataRecipe(source=source))
        experiment = override(experiment, "architecture.graph.nodes.input.shape", f"[{wines.data.shape[1]}]")
        pump = EventPump()
        look = DataWindow(None, Document(experiment), pump)
        look.show()
        wait(app, lambda: not pump.busy and look.presenter.survey is not None)
        app.processEvents()  # a changed layout is painted with the next events
        look.grab().save(str(HERE / "numbers.png"))
        look.close()


def own_rows(app: QApplication) -> None:
    """Some bottles with their kinds, as a small network predicts them after its run; one cell is a mistake."""
    window = opened(app, None)
    window.project.open_preset("mlp-wines")
    wait(app, lambda: window.checker.settled)
    rows = (folder_of("wines") / "wines.csv").read_text("utf-8").splitlines()
    names, *bottles = [row.split(",")[1:-1] for row in rows]  # without what else could be predicted
    chosen = bottles[6::13]
    chosen[4][1] = "2,4 g"
    window.windows.open_own_rows()
    own = window.findChild(OwnRowsWindow)
    window.trainer.do(Command.RUN)
    wait(app, lambda: window.run_bar.presenter.state is State.FINISHED)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bottles.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows([names, *chosen])
        own.choose(file)
        wait(app, lambda: own.presenter.has_rows)
        own.resize(980, 470)
        own.table.selectRow(5)
        let_live(app, window, 5)
        own.grab().save(str(HERE / "own-rows.png"))
        own.close()
        close(app, window)

"""The pictures of the data window."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QApplication
from shooting import HERE, close, let_live, opened, wait
from sklearn.datasets import load_diabetes, load_wine

from workbench.data import source_from_text
from workbench.data.other_data import on_source
from workbench.gui.browse_data.view import DataWindow
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.presenter import with_training
from workbench.gui.widgets import theme
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head
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


def series(app: QApplication) -> None:
    """Cylinders, bells and funnels, with one selected."""
    theme.apply(app, "light")
    pump = EventPump()
    look = DataWindow(None, Document(read_experiment("conv1d-series")), pump)
    look.show()
    wait(app, lambda: not pump.busy and look.presenter.survey is not None)
    look.select(4)
    wait(app, lambda: not pump.busy)  # the close-up is drawn in a thread
    app.processEvents()  # a changed layout is painted with the next events
    look.grab().save(str(HERE / "series.png"))
    look.close()


def unit(app: QApplication) -> None:
    """Scikit-learn's patients with diabetes, whose disease is to be predicted as a number between 25 and 346."""
    patients = load_diabetes()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "patients.csv"
        with file.open("w", newline="", encoding="utf-8") as written:
            writer = csv.writer(written)
            writer.writerow([*patients.feature_names, "progression"])
            writer.writerows([*row, target] for row, target in zip(patients.data, patients.target, strict=True))
        window = opened(app, None)
        window.resize(1100, 700)
        experiment = on_source(read_experiment("regression-wines"), source_from_text(str(file)))
        experiment = override(experiment, "architecture.graph.nodes.input.shape", f"[{len(patients.feature_names)}]")
        head = Head(output="output", target="progression", loss=Component(type="MSE"))
        window.document.replace(with_training(experiment, heads=(head,)), None, saved=True)
        let_live(app, window, 5)
        window.grab().save(str(HERE / "unit.png"))
        close(app, window)

"""The windows besides the main one, each created when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from workbench.gui.dialogs.keys_window import KeysWindow
from workbench.gui.window import menus
from workbench.places import runs_dir

if TYPE_CHECKING:
    from workbench.gui.dialogs.manual import ManualWindow
    from workbench.gui.looking.looks import Looks
    from workbench.gui.sweep.presenter import Row
    from workbench.gui.window.main_window import MainWindow
    from workbench.session.views.attention import OnePicture

D = TypeVar("D", bound=QDialog)


class Windows(QObject):
    """The commands that open them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._sweep: Sequence[Row] = ()
        """The rows of the last sweep, with which the next one begins."""

    def show(self, window: D) -> D:
        """Show a window in place of an earlier one of its kind, and return it; it is deleted when closed."""
        for earlier in self._window.findChildren(type(window)):
            if earlier is not window:
                earlier.close()
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.show()
        return window

    def shown(self, kind: type[D]) -> D | None:
        """Return the window of this kind that is open, if there is one."""
        return next((there for there in self._window.findChildren(kind) if there.isVisible()), None)

    def _raised(self, kind: type[D]) -> D | None:
        """Bring the open window of this kind to the front, if there is one, and return it."""
        there = self.shown(kind)
        if there is not None:
            there.raise_()
            there.activateWindow()
        return there

    def open_export(self) -> None:
        """Export ONNX, from the followed run or the current network."""
        from workbench.gui.export.view import OnnxDialog, Source

        window = self._window
        run, drawn, bar = window.trainer.run, window.document.experiment, window.run_bar.presenter
        sources: list[Source] = []
        if run is not None and bar.has_checkpoint:
            name = run.experiment.name
            file = window.document.folder / f"{name}.onnx"
            sources.append(Source(title=f"{bar.checkpoint_words} · {name}", network=run.folder, file=file))
        if window.findings.can_build:
            weights = drawn.training.weights
            state = f"weights from {Path(weights.file).name}" if weights else "fresh weights"
            file = window.document.folder / f"{drawn.name}.onnx"
            sources.append(Source(title=f"{state} · {drawn.name} as drawn", network=drawn, file=file))
        self.show(OnnxDialog(window, window.pump, sources))

    def open_code_export(self) -> None:
        """Export PyTorch code, from the current network, or the followed run with the changes made during it."""
        from workbench.gui.export.view import CodeDialog, Source
        from workbench.session.exchange.export import module_name

        window = self._window
        run, drawn = window.trainer.run, window.document.experiment
        sources: list[Source] = []
        if window.findings.can_build:
            file = window.document.folder / f"{module_name(drawn.name)}.py"
            sources.append(Source(title=f"{drawn.name} as drawn", network=drawn, file=file))
        if run is not None:
            name = run.experiment.name
            file = window.document.folder / f"{module_name(name)}.py"
            sources.append(Source(title=f"{name} as trained in {run.folder.name}", network=run.folder, file=file))
        self.show(CodeDialog(window, window.pump, sources))

    def open_report(self) -> None:
        """Write a report of the followed run."""
        run = self._window.trainer.run
        if run is not None:
            self.open_report_of([run.folder])

    def open_report_of(self, folders: Sequence[Path]) -> None:
        """Write a report of these runs; the proposed file is called like the first one."""
        from workbench.gui.export.report import ReportDialog
        from workbench.gui.watch.curves.view import CurvesPanel

        window = self._window
        file = window.document.folder / f"{folders[0].name}.html"
        curves = window.findChild(CurvesPanel)
        is_log = curves is not None and curves.log.isChecked()
        self.show(ReportDialog(window, window.pump, folders, file, log_loss=is_log))

    def open_runs(self) -> None:
        """Show the table of earlier runs."""
        self.open_runs_of(runs_dir())

    def open_runs_of(self, folder: Path) -> None:
        """Show the table of the runs in a folder."""
        from workbench.gui.runs.view import RunsWindow

        runs = RunsWindow(self._window, self._window.pump, folder)
        runs.chosen.connect(self._window.trainer.show)
        runs.renamed.connect(self._window.trainer.follow_renamed)
        runs.renamed.connect(self._follow_renamed)
        runs.compare_wanted.connect(self.open_compare_runs)
        runs.report_wanted.connect(self.open_report_of)
        runs.weights_wanted.connect(lambda folder: self._window.incoming.load_weights(str(folder)))
        self.show(runs)

    def open_compare_runs(self, folders: Sequence[Path]) -> None:
        """Show the curves of several runs in one chart."""
        from workbench.gui.compare_runs.view import CompareRunsWindow

        compared = CompareRunsWindow(self._window, self._window.pump, folders)
        compared.saving.connect(self._window.project.write)
        compared.report_wanted.connect(self.open_report_of)
        self.show(compared)

    def _follow_renamed(self, old: Path, new: Path) -> None:
        from workbench.gui.compare_runs.view import CompareRunsWindow

        for compared in self._window.findChildren(CompareRunsWindow):
            compared.follow_renamed(old, new)

    def open_data(self) -> None:
        """Browse the pictures of the data and its problems."""
        from workbench.gui.browse_data.view import DataWindow

        window = self._window
        look = DataWindow(window, window.document, window.pump)
        look.addActions([window.commands["undo"], window.commands["redo"]])
        look.found.connect(window.networks.try_again)
        self.show(look)

    def open_batch(self) -> None:
        """Inspect the batch of the last training step."""
        from workbench.gui.batch.view import BatchWindow

        if self._raised(BatchWindow):
            return
        step = self._window.commands["step"]
        batch = BatchWindow(self._window, self._window.pump)
        batch.addAction(step)
        batch.step.clicked.connect(step.trigger)
        self.show(batch)

    def open_mistakes(self) -> None:
        """Show how the network classifies each picture."""
        from workbench.gui.mistakes.view import MistakesWindow
        from workbench.gui.watch.neighbours.view import NeighboursPanel

        if self._raised(MistakesWindow):
            return
        window = self._window
        mistakes = MistakesWindow(window, window.document, window.pump)
        mistakes.addActions([window.commands["undo"], window.commands["redo"]])
        neighbours = window.findChild(NeighboursPanel)
        if neighbours is not None:
            mistakes.picture_asked.connect(neighbours.ask)
        self._let_look(mistakes.examples.looks)
        self.show(mistakes)

    def open_own_pictures(self) -> None:
        """Show what the network sees in pictures of the user's own."""
        from workbench.gui.own_pictures.view import OwnPicturesWindow

        window = self._window
        if self._raised(OwnPicturesWindow):
            return
        own = OwnPicturesWindow(window, window.pump, window.networks, lambda: window.trainer.live)
        self._let_look(own.looks)
        self.show(own)

    def open_own_rows(self) -> None:
        """Show what the network answers for rows of the user's own."""
        from workbench.gui.own_rows.view import OwnRowsWindow

        window = self._window
        if self._raised(OwnRowsWindow):
            return
        own = OwnRowsWindow(window, window.pump, window.networks)
        own.saving.connect(window.project.write)
        self._let_look(own.looks)
        self.show(own)

    def _let_look(self, looks: Looks) -> None:
        """Open the windows that show what is asked for in another one."""
        looks.attention_asked.connect(self.open_attention)
        looks.features_asked.connect(lambda picture: self.open_features(picture=picture))
        looks.why_asked.connect(self.open_why)
        looks.picture_chosen.connect(self._follow_with_why)

    def open_attention(self, picture: OnePicture | None = None) -> None:
        """Show what the network attends to in a picture; by default the one shown last, or the first."""
        from workbench.gui.attention.view import AttentionWindow

        window = self._window
        attention = self._raised(AttentionWindow)
        attention = attention or self.show(AttentionWindow(window, window.pump, window.networks))
        if picture is not None:
            attention.show_picture(picture)

    def open_why(self, picture: OnePicture) -> None:
        """Show why the network answers so for a picture."""
        from workbench.gui.why.view import WhyWindow

        window = self._window
        why = self._raised(WhyWindow) or self.show(WhyWindow(window, window.pump, window.networks))
        why.show_picture(picture)

    def _follow_with_why(self, picture: OnePicture) -> None:
        """Show the same of another picture, if that window is open."""
        from workbench.gui.why.view import WhyWindow

        why = self.shown(WhyWindow)
        if why is not None:
            why.show_picture(picture)

    def open_features(self, path: str = "", picture: OnePicture | None = None) -> None:
        """Show what a layer makes of a picture; by default those shown last, or the first."""
        from workbench.gui.features.view import FeaturesWindow
        from workbench.gui.watch.neighbours.view import NeighboursPanel

        window = self._window
        features = self._raised(FeaturesWindow)
        if features is None:
            features = self.show(FeaturesWindow(window, window.pump, window.networks))
            neighbours = window.findChild(NeighboursPanel)
            if neighbours is not None:
                neighbours.asked.connect(features.show_number)
        if path:
            features.choose_layer(path)
        if picture is not None:
            features.show_picture(picture)

    def open_latent(self) -> None:
        """Show what codes of an autoencoder decode to."""
        from workbench.gui.latent.view import LatentWindow

        if not self._raised(LatentWindow):
            self.show(LatentWindow(self._window, self._window.pump, self._window.networks))

    def open_lr_finder(self) -> None:
        """Search for a learning rate for the open experiment."""
        from workbench.gui.lr_finder.view import LrFinderWindow

        window = self._window
        rates = LrFinderWindow(window, window.pump, window.document.experiment)
        rates.taken.connect(window.training_page.set_rate)
        window.project.replaced.connect(rates.close)
        self.show(rates)

    def open_cross_validation(self) -> None:
        """Add a run for each fold of the data to the queue, in place of an open sweep; more settings may be swept."""
        from workbench.gui.sweep.presenter import cross_validation

        self._open_sweep(cross_validation(self._window.document.experiment))

    def open_sweep(self) -> None:
        """Add runs with all combinations of some values to the queue."""
        from workbench.gui.sweep.view import SweepWindow

        if not self._raised(SweepWindow):
            self._open_sweep(self._sweep)

    def _open_sweep(self, rows: Sequence[Row]) -> None:
        from workbench.gui.sweep.view import SweepWindow

        window = self._window
        sweep = SweepWindow(window, window.pump, window.document, window.canvas.presenter.selected, rows)
        sweep.wanted.connect(window.queue.add_sweep)
        sweep.finished.connect(lambda: self._keep(sweep.presenter.rows))
        self.show(sweep)

    def _keep(self, rows: Sequence[Row]) -> None:
        self._sweep = rows

    def open_compare_networks(self) -> None:
        """Show the differences from another network."""
        from workbench.gui.compare_networks.view import CompareNetworksWindow

        window = self._window
        compare = CompareNetworksWindow(window, window.document, window.pump, window.project.preset_titles)
        compare.node_pressed.connect(window.canvas.sight.show_way)
        self.show(compare)

    def open_table(self) -> None:
        from workbench.gui.dialogs.layer_table import LayerTableWindow

        window = self._window
        table = LayerTableWindow(window, window.pump, window.document.experiment, window.document.folder)
        table.saving.connect(window.project.write_text)
        self.show(table)

    def open_manual(self) -> ManualWindow:
        """Show the manual, at its contents."""
        from workbench.gui.dialogs.manual import ManualWindow

        return self._raised(ManualWindow) or self.show(ManualWindow(self._window, self._window.pump))

    def open_lecture(self) -> None:
        """Show the manual's page of experiments."""
        from workbench.gui.dialogs.manual import LECTURE

        self.open_manual().show_page(LECTURE)

    def open_keys(self) -> None:
        """Show the list of shortcuts."""
        if self._raised(KeysWindow) is None:
            self.show(KeysWindow(self._window, menus.key_groups(self._window.canvas.commands)))

    def open_about(self) -> None:
        """Show the version, and what the program stands on."""
        from workbench.gui.dialogs.about import AboutWindow

        if self._raised(AboutWindow) is None:
            self.show(AboutWindow(self._window, self._window.pump))

    def close(self) -> None:
        """Close all windows, which ends their background work."""
        for window in self._window.findChildren(QDialog):
            window.close()

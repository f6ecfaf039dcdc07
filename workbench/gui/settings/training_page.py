"""The training tab: epochs, optimizer, schedule, outputs, initialisation, updates and speed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from workbench.gui.experiment.document import Document
from workbench.gui.experiment.project import named
from workbench.gui.forms.form import Form
from workbench.gui.settings.declared import NameSettings, RunSettings, UpdateSettings
from workbench.gui.settings.head_list import HeadList
from workbench.gui.settings.picker import ComponentPicker
from workbench.gui.settings.presenter import (
    run_values,
    schedule_of,
    schedule_points,
    with_parameter,
    with_run_value,
    with_scaled_rate,
    with_speed,
    with_training,
)
from workbench.gui.settings.section import LABEL_WIDTH, Page, settings_form
from workbench.gui.settings.speed import SpeedSection
from workbench.gui.settings.start_weights import StartWeightsRow
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import icon_button, spaced, styled, text_button
from workbench.gui.widgets.plate import paint_plate
from workbench.gui.widgets.tips import Tips
from workbench.spec.catalogue import Catalogue
from workbench.spec.experiment import Experiment
from workbench.spec.forms import parameters_of
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.spec.words import plural
from workbench.training import INITIALISERS, OPTIMIZERS, SCHEDULES


class TrainingPage(Page):
    """Edits the document's training recipe."""

    rate_confirmed = Signal()
    """Emitted when the learning rate that is there is typed once more and entered."""

    def __init__(self, document: Document) -> None:
        super().__init__("Training")
        self._document = document

    def make_sections(self) -> Iterator[None]:
        """Create the sections, one per step, since all at once would block the window for a tenth of a second."""
        self.naming = Form(parameters_of(NameSettings), {})
        self.naming.fields["name"].label.hide()  # names are long, and the section's heading serves as the label
        self.naming.edited.connect(lambda _, name: self._rename(name))
        self.add_section("Experiment", self.naming)
        self.run = settings_form(RunSettings, self._edit_run)
        self.add_section("Run", self.run)
        yield
        self.optimizer = self._picker("optimizer", OPTIMIZERS, below={"lr": self._rate_factors})
        self.optimizer.confirmed.connect(self._confirm)
        self.find_rate = icon_button("search", "Find a learning rate…")
        self.find_rate.setToolTip("Try a range of learning rates for a few steps and choose one from the curve")
        self.add_section("Optimizer", self.optimizer, self.find_rate)
        yield
        self.schedule = self._picker("schedule", SCHEDULES)
        self.curve = ScheduleCurve()
        self.add_section("Schedule", self.schedule, self.curve)
        yield
        self.heads = HeadList(self._document)
        self.heads.show_aims()
        self.add_section("Outputs", self.heads)
        yield
        self.start_weights = StartWeightsRow()
        self.start_weights.remove.clicked.connect(lambda: self._apply("weights", None, None))
        self.initialiser = self._picker("initialiser", INITIALISERS)
        self.add_section("Initialisation", self.start_weights, self.initialiser, self.start_weights.load)
        yield
        self.update_form = settings_form(UpdateSettings, self._edit_run)
        self.add_section("Updates", self.update_form)
        yield
        self.speed = SpeedSection(self._edit_speed)
        self.add_section("Speed", self.speed)
        yield
        self._document.listen(lambda before, after: self._show(after, before))
        self._show(self._document.experiment, None)

    def _picker(
        self, field: str, catalogue: Catalogue[Any], below: Mapping[str, Callable[[], QWidget]] | None = None
    ) -> ComponentPicker:
        """Return the picker of one of the recipe's components, which already shows it."""
        picker = ComponentPicker(catalogue, field.capitalize(), below=below)
        picker.chosen.connect(lambda component: self._apply(field, component, None))
        picker.edited.connect(lambda component, name: self._apply(field, component, f"{field}.{name}"))
        picker.show_component(getattr(self._document.experiment.training, field))
        return picker

    def _show(self, experiment: Experiment, before: Experiment | None) -> None:
        recipe = experiment.training
        self.naming.show_record(experiment)
        if before is None or before.training is not recipe or before.seed != experiment.seed:
            self.run.show_values(run_values(experiment))
            self.update_form.show_record(recipe)
            self.speed.form.show_record(recipe.speed)
            self.start_weights.show_weights(recipe.weights)
            self.initialiser.show_component(recipe.initialiser)
            self.optimizer.show_component(recipe.optimizer)
            self.schedule.show_component(recipe.schedule)
            self.curve.show_recipe(experiment)
        self.heads.show_aims()

    def enter_name(self) -> None:
        """Focus the experiment's name, selected so that typing replaces it."""
        self.ensureVisible(0, 0)
        line = self.naming.findChild(QLineEdit)
        assert line is not None
        line.setFocus()
        line.selectAll()

    def _rename(self, name: str) -> None:
        if name:
            self._document.apply(f"name {name}", named(self._document.experiment, name))
        else:
            self.naming.show_record(self._document.experiment)

    def _edit_run(self, name: str, value: Value) -> None:
        changed = with_run_value(self._document.experiment, name, value)
        self._document.apply(f"change {name.replace('_', ' ')}", changed, merge=f"training.{name}")

    def _edit_speed(self, name: str, value: Value) -> None:
        changed = with_speed(self._document.experiment, name, value)
        self._document.apply(f"change {name.replace('_', ' ')}", changed, merge=f"speed.{name}")

    def _rate_factors(self) -> QWidget:
        """Return the buttons that stand below the learning rate of the optimizer that is shown now."""
        self.factors = RateFactors()
        self.factors.chosen.connect(self._scale_rate)
        return self.factors

    def _scale_rate(self, factor: float) -> None:
        scaled = with_scaled_rate(self._document.experiment, factor)
        if scaled is not None:
            self._document.apply("change learning rate", scaled, merge="optimizer.lr")

    def _confirm(self, name: str) -> None:
        if name == "lr":
            self.rate_confirmed.emit()

    def set_rate(self, rate: float) -> None:
        """Set a learning rate that was found."""
        experiment = self._document.experiment
        optimizer = with_parameter(experiment.training.optimizer, "lr", rate)
        self._document.apply("change learning rate", with_training(experiment, optimizer=optimizer))

    def _apply(self, field: str, component: object, merge: str | None) -> None:
        changed = with_training(self._document.experiment, **{field: component})
        self._document.apply(f"change {field}", changed, merge=merge)


class RateFactors(QWidget):
    """Small buttons that scale the learning rate, whose effect depends on factors."""

    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        row = spaced(QHBoxLayout(self), theme.SPACE_XS)
        label = styled(QLabel("scale the rate"), "muted")
        label.setFixedWidth(LABEL_WIDTH)
        row.addWidget(label)
        row.addSpacing(theme.SPACE_S - theme.SPACE_XS)
        self.buttons: dict[float, QToolButton] = {}
        for words, factor in (("÷10", 0.1), ("÷2", 0.5), ("×2", 2.0), ("×10", 10.0)):
            button = text_button(words, f"Learning rate {words}")
            button.clicked.connect(lambda _=False, factor=factor: self.chosen.emit(factor))
            button.setProperty("role", "choice")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.buttons[factor] = button
            row.addWidget(button)


class ScheduleCurve(QWidget):
    """The learning rate over the run, drawn small."""

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[tuple[float, float], ...] = ()
        self._words = ("", "")
        self._rate, self._epochs, self._warmup = 0.0, 1, 0.0
        self._remark = ""
        self.setFixedHeight(84)
        self.setAccessibleName("The learning rate over the run")
        Tips(self, self._tip)
        theme.changed.connect(self.update)

    def show_recipe(self, experiment: Experiment) -> None:
        """Draw the recipe's schedule; nothing if its settings are invalid."""
        recipe = experiment.training
        try:
            self._points = schedule_points(recipe)
            rate = OPTIMIZERS.of(recipe.optimizer).lr
        except SpecError:
            self._points = ()
        else:
            highest = max(factor for _, factor in self._points)
            self._words = (f"{rate * highest:.3g}", plural(recipe.epochs, "epoch"))
            self._rate, self._epochs = rate, recipe.epochs
            schedule = schedule_of(recipe)
            self._warmup = min(schedule.warmup_epochs / recipe.epochs, 1.0)
            warms_up = "warm-up" if self._warmup else ""
            self._remark = "falls when no epoch improves" if schedule.looks_back else warms_up
        self.update()

    def _tip(self, position: QPointF) -> str:
        """Return the learning rate at a position."""
        if not self._points:
            return ""
        room = self._room()
        share = min(max((position.x() - room.left()) / max(room.width(), 1), 0.0), 1.0)
        factor = self._points[min(round(share * len(self._points)), len(self._points) - 1)][1]
        return f"after {share * self._epochs:.1f} epochs: {self._rate * factor:.3g}"

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(theme.SPACE_S, 22, -theme.SPACE_S, -22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the curve, its highest rate and its length."""
        tokens = theme.current()
        painter = QPainter(self)
        paint_plate(painter, self.rect(), tokens.canvas, tokens.border)
        if self._points:
            self._paint_curve(painter, self._room())
        painter.end()

    def _paint_curve(self, painter: QPainter, room: QRectF) -> None:
        tokens = theme.current()
        highest = max(*(factor for _, factor in self._points), 1e-12)
        line = QPolygonF(
            [
                QPointF(room.left() + x * room.width(), room.bottom() - y / highest * room.height())
                for x, y in self._points
            ]
        )
        if self._warmup:
            warm = QRectF(room.left(), room.top(), self._warmup * room.width(), room.height())
            painter.fillRect(warm, theme.colour(tokens.accent, 0.1))
        painter.setPen(QPen(theme.colour(tokens.accent), 1.5))
        painter.drawPolyline(line)
        painter.setPen(theme.colour(tokens.text_faint))
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.drawText(QPointF(room.left(), 15), f"learning rate up to {self._words[0]}")
        width = painter.fontMetrics().horizontalAdvance(self._words[1])
        painter.drawText(QPointF(room.right() - width, self.height() - 7), self._words[1])
        painter.drawText(QPointF(room.left(), self.height() - 7), self._remark)

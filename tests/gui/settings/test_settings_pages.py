"""The settings pages with real widgets and a real document."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QSpinBox, QStyle, QStyleOptionFrame, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.settings.pages import data_page
from workbench.events import RunStarted, SpeedTried, Tried
from workbench.gui.experiment.document import Document
from workbench.gui.forms.form import Form
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.declared import HeadSettings, RunSettings, UpdateSettings
from workbench.gui.settings.section import LABEL_WIDTH
from workbench.gui.settings.training_page import TrainingPage
from workbench.gui.widgets import theme
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.files import read_experiment
from workbench.spec.forms import parameters_of
from workbench.spec.record import replace
from workbench.training import INITIALISERS, LOSSES, OPTIMIZERS, SCHEDULES
from workbench.training.changing.changes import NAMES


def training_page(qtbot: QtBot, document: Document) -> TrainingPage:
    page = TrainingPage(document)
    qtbot.addWidget(page)
    for _ in page.make_sections():
        pass
    page.show()
    return page


def test_typing_epochs_is_one_step_that_undo_takes_back(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = training_page(qtbot, document)
    box = page.run.fields["epochs"].editor.findChild(QSpinBox)
    box.setValue(3)
    box.setValue(4)
    assert document.experiment.training.epochs == 4
    document.undo()
    assert document.experiment.training.epochs == read_experiment("lenet").training.epochs
    assert box.value() == document.experiment.training.epochs


def test_a_new_name_is_one_step_and_there_is_always_one(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = training_page(qtbot, document)
    before, line = document.experiment, page.naming.findChild(QLineEdit)
    assert line.text() == before.name
    page.enter_name()
    assert line.selectedText() == before.name, "to be typed over"
    qtbot.keyClicks(line, "second try")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert document.experiment == replace(before, name="second try")
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert document.experiment.name == line.text() == "second try"
    document.undo()
    assert document.experiment == before and line.text() == before.name and not document.can_undo


def test_choosing_another_optimizer_shows_its_form(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = training_page(qtbot, document)
    page.optimizer.types.setCurrentIndex(page.optimizer.types.findData("AdamW"))
    page.optimizer.types.activated.emit(page.optimizer.types.currentIndex())
    assert document.experiment.training.optimizer.type == "AdamW"
    assert "beta1" in page.optimizer.form.fields
    assert_rate_is_scaled_below_it(qtbot, page, document, "beta1")
    document.undo()
    document.undo()
    assert "momentum" in page.optimizer.form.fields and page.optimizer.types.currentData() == "SGD"
    assert_rate_is_scaled_below_it(qtbot, page, document, "momentum")


def assert_rate_is_scaled_below_it(qtbot: QtBot, page: TrainingPage, document: Document, next_field: str) -> None:
    page.resize(400, 4000)
    page.show()
    fields, rate = page.optimizer.form.fields, OPTIMIZERS.of(document.experiment.training.optimizer).lr
    rows = [fields["lr"], page.factors, fields[next_field]]

    def stand_in_order() -> bool:
        tops = [row.mapTo(page, QPoint()).y() for row in rows]
        return all(below > above for above, below in pairwise(tops))

    qtbot.waitUntil(stand_in_order)
    page.factors.buttons[0.1].click()
    assert document.experiment.training.optimizer.parameters["lr"] == pytest.approx(rate / 10)


def test_an_unknown_optimizer_of_a_file_is_said_and_harms_nothing(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = training_page(qtbot, document)
    page._apply("optimizer", Component(type="Magic"), None)
    assert page.optimizer.error.isVisibleTo(page) and "Magic" in page.optimizer.error.text()


def test_augmentations_come_and_go(qtbot: QtBot) -> None:
    document = Document(read_experiment("perceptron"))
    page = data_page(qtbot, document)
    before = len(document.experiment.data.augmentation)
    action = next(action for action in page.augmentation.add.menu().actions() if action.text() == "Shift")
    action.trigger()
    assert len(page.augmentation.pickers) == before + 1
    picker = page.augmentation.pickers[-1]
    picker.form.fields["max_pixels"].editor.findChild(QSpinBox).setValue(3)
    assert document.experiment.data.augmentation[-1].parameters == {"max_pixels": 3}
    page.augmentation._remove(before)
    assert len(document.experiment.data.augmentation) == before
    # The first preview in a process loads torch.
    qtbot.waitUntil(lambda: not page.window().findChild(EventPump).busy)


def test_the_facts_are_those_of_the_source_chosen_last(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = data_page(qtbot, document)
    pump = page.findChild(EventPump)
    page._apply("a", None, source=Component(type="ImageFolder", parameters={"folder": "/nowhere"}))
    page._apply("b", None, source=Component(type="Digits"))
    qtbot.waitUntil(lambda: not pump.busy)
    assert page.facts.samples.isVisibleTo(page)
    assert any("8×8" in field.text() for _, field in page.facts.rows)


def test_how_a_run_computes_is_chosen_and_told(qtbot: QtBot) -> None:
    document = Document(read_experiment("lenet"))
    page = training_page(qtbot, document)
    box = page.speed.form.fields["precision"].editor.findChild(QComboBox)
    box.setCurrentIndex(box.findText("bf16"))
    box.activated.emit(box.currentIndex())
    assert document.experiment.training.speed == Speed(precision="bf16")
    document.undo()
    assert document.experiment.training.speed == Speed() and box.currentText() == "automatic"

    chosen = Speed(precision="float32", memory_layout="channels_last", compile="off")
    rows = tuple(
        Tried(speed=replace(chosen, memory_layout=layout), step_ms=time)
        for layout, time in (("channels_last", 3.0), ("contiguous", 4.25))
    )
    page.speed.feed([SpeedTried(at=0.0, rows=rows, chosen=chosen)], "preparing")
    said = "Fastest here: float32, channels last (3 ms a step; contiguous 4.25 ms)."
    assert page.speed.words.text() == said
    started = RunStarted(
        at=0.0, num_parameters=1, steps_per_epoch=1, epochs=1, first_step=1, device="CPU", environment={}, speed=chosen
    )
    page.speed.feed([started], "running")
    assert page.speed.words.text() == said
    page.speed.clear()
    page.speed.feed([started], "running")
    assert page.speed.words.text() == "The run uses float32, channels last."
    page.speed.clear()
    page.speed.feed([replace(started, environment={"devices": "2 (sharded)"})], "running")
    assert page.speed.words.text().startswith(
        "The run uses float32, channels last. 2 processes shard the weights, so neither the fastest settings"
    )


def test_the_presets_names_are_seen_whole_in_the_smallest_window(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    page = training_page(qtbot, Document(read_experiment("lenet")))
    page.resize(page.minimumSizeHint().width(), 400)
    qapp.processEvents()
    line = page.naming.findChild(QLineEdit)
    style = QStyleOptionFrame()
    line.initStyleOption(style)
    room = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, style, line).width() - 4
    for name in ("lenet", "resnet20", "vgg_small", "unet-shapes"):
        assert line.fontMetrics().horizontalAdvance(read_experiment(name).name) <= room, name


def test_fields_of_a_page_are_of_one_height_and_its_lists_in_the_order_of_the_alphabet(
    qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light")
    page = training_page(qtbot, Document(read_experiment("lenet")))
    qapp.processEvents()
    fields = [field.editor.inputs()[0] for field in page.run.fields.values()]
    assert {field.height() for field in fields} == {page.optimizer.types.height()}
    for picker in (page.optimizer, page.schedule, page.initialiser):
        titles = [picker.types.itemText(row).casefold() for row in range(picker.types.count())]
        assert titles == sorted(titles)


def test_tab_leads_from_top_to_bottom_also_after_a_choice(qtbot: QtBot) -> None:
    """The fields of a newly chosen optimizer are created after those below them."""
    document = Document(read_experiment("lenet-digits"))
    page = training_page(qtbot, document)
    page.resize(400, 4000)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    training = replace(document.experiment.training, optimizer=Component(type="AdamW"))
    document.apply("choose", replace(document.experiment, training=training))
    qtbot.waitUntil(page.factors.isVisible)  # a new form is shown with the next events
    page.enter_name()
    reached: list[QWidget] = []
    while (focused := QApplication.focusWidget()) not in reached:
        assert focused is not None
        reached.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert {page, *page.factors.buttons.values()} <= {*reached} and len(reached) > 35
    reached.remove(page)
    # Widgets in a row differ in height by at most a few pixels.
    middles = [widget.mapTo(page, widget.rect().center()).y() for widget in reached]
    assert all(below >= above - 4 for above, below in pairwise(middles)), [each.accessibleName() for each in reached]


def test_every_list_of_choices_has_the_same_arrow(qtbot: QtBot, qapp: QApplication) -> None:
    theme.dress(qapp)
    page = training_page(qtbot, Document(read_experiment("lenet")))
    page.resize(310, 1750)
    boxes = [page.speed.form.fields[name].editor.inputs()[-1] for name in ("compile", "threads")]
    arrows = [box.grab(box.rect().adjusted(box.width() - 20, 3, 0, -3)).toImage() for box in boxes]
    assert isinstance(boxes[0], QComboBox) and not isinstance(boxes[1], QComboBox)
    assert arrows[0] == arrows[1]


def test_every_setting_of_training_is_named_in_the_room_for_it_and_described(qtbot: QtBot, qapp: QApplication) -> None:
    theme.dress(qapp)
    catalogues = (OPTIMIZERS, SCHEDULES, LOSSES, INITIALISERS)
    declared = [each for catalogue in catalogues for each in catalogue.table.values()]
    for cls in (RunSettings, UpdateSettings, Speed, HeadSettings, *declared):
        form = Form(parameters_of(cls), {})
        qtbot.addWidget(form)
        form.ensurePolished()
        for name, field in form.fields.items():
            field.label.ensurePolished()
            words = f"{cls.__name__}.{name}: {field.label.text()}"
            assert field.label.sizeHint().width() <= LABEL_WIDTH, words
            assert field.parameter.help, words
            assert max(map(len, field.label.toolTip().splitlines())) <= 60, "Qt does not break the lines of a tooltip"


def test_a_setting_has_one_name_in_the_form_the_curves_and_the_differences_of_runs(qtbot: QtBot) -> None:
    page = training_page(qtbot, Document(read_experiment("lenet")))
    for name, field in (page.update_form.fields | {"epochs": page.run.fields["epochs"]}).items():
        assert NAMES[f"training.{name}"] == field.label.text()
    for name in ("lr", "weight_decay"):
        assert NAMES[f"training.optimizer.{name}"] == page.optimizer.form.fields[name].label.text()

"""The content of the code panel, without Qt."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.code.presenter import CodePresenter, ends_in_common
from workbench.gui.experiment.selected import Place, Selected
from workbench.session.exchange.code_writer import CodeWriter, WrittenCode
from workbench.spec.files import read_experiment


def written(name: str) -> WrittenCode:
    """The code of a preset, written at once instead of in the thread."""
    writer = CodeWriter()
    try:
        return writer._write(read_experiment(name))
    finally:
        writer.close()


def test_code_its_lines_and_its_name():
    presenter = CodePresenter()
    presenter.take(written("resnet20"))
    lines = presenter.text.splitlines()
    assert presenter.caption == f"{len(lines)} lines"
    assert presenter.file_name == "resnet20.py"
    lit = presenter.lines_of(Selected(scope="BasicBlock", names=frozenset({"conv2"})))
    assert [lines[each.start].strip() for each in lit] == ["self.conv2 = nn.Conv2d(", "out = self.conv2(out)"]
    assert presenter.place_at(lit[0].start) == Place(block="BasicBlock", way=("layer1", "0"), node="conv2")
    assert presenter.place_at(0) is None


def test_with_a_problem_the_last_code_stays_and_says_why():
    presenter = CodePresenter()
    presenter.take(WrittenCode(problem="conv1: too large"))
    assert presenter.stale and presenter.sentence == "conv1: too large"
    presenter.take(written("lenet-digits"))
    text = presenter.text
    assert not presenter.stale and not presenter.sentence
    presenter.take(WrittenCode(problem="conv1: too large"))
    assert presenter.stale and presenter.text == text
    assert presenter.sentence.endswith("conv1: too large") and presenter.sentence != "conv1: too large"


@given(st.text("ab\n"), st.text("ab\n"))
def test_what_is_not_in_common_is_all_that_is_replaced(old, new):
    begin, end = ends_in_common(old, new)
    assert begin + end <= min(len(old), len(new))
    assert old[:begin] + new[begin : len(new) - end] + old[len(old) - end :] == new

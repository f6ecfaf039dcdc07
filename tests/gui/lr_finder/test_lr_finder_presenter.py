"""The points of a range test on its chart, and the rate that is chosen."""

import pytest

from workbench.gui.lr_finder.presenter import LrFinderPresenter


@pytest.fixture
def presenter():
    presenter = LrFinderPresenter(1e-4, 1.0)
    presenter.show((1e-4, 1e-3, 1e-2, 1e-1), (2.0, 2.0, 1.0, 9.0))
    return presenter


def test_rates_stand_by_their_logarithm_and_a_runaway_loss_at_the_edge(presenter):
    assert [place.x for place in presenter.curve] == pytest.approx([0, 0.25, 0.5, 0.75])
    assert [place.y for place in presenter.curve] == pytest.approx([0.8, 0.8, 0, 1])
    presenter.show((1e-4, 1e-3, 1e-2, 1e-1, 0.2, 1.0), (2.0, 2.0, 1.0, 9.0, 8.0, 1.5))
    assert [place.y for place in presenter.curve] == pytest.approx([0.8, 0.8, 0, 1]), "it left the square, for good"
    assert [words for _, words in presenter.decades] == ["10⁻⁴", "0.001", "0.01", "0.1", "1"]


def test_the_valley_is_chosen_until_somebody_chooses_otherwise(presenter):
    assert presenter.chosen is None
    presenter.suggest(0.0051, 0.02)
    assert presenter.chosen == 0.0051 and presenter.words.startswith(
        "Suggested: 0.0051 (valley, half way along the longest descent) or 0.02 (where it is steepest)."
    )
    presenter.choose_at(0.5)
    assert presenter.chosen == 0.01
    presenter.suggest(0.3, None)
    assert presenter.chosen == 0.01
    presenter.choose_at(7.0)
    assert presenter.chosen == 1.0


def test_where_the_loss_never_fell_nothing_is_chosen(presenter):
    presenter.suggest(None, None)
    assert presenter.chosen is None and presenter.words.startswith("The loss did not fall at any of these rates: look ")


def test_noise_before_the_loss_falls_stays_in_the_chart(presenter):
    presenter.show((1e-4, 2e-4, 3e-4), (2.298, 2.2985, 2.2991))
    assert len(presenter.curve) == 3 and all(place.y < 0.1 for place in presenter.curve)


def test_before_the_first_point_there_is_no_curve():
    assert LrFinderPresenter(1e-7, 10.0).curve == ()


def test_large_losses_are_written_out_at_the_axis(presenter):
    presenter.show((1e-4, 1e-3), (392_000.0, 300_000.0))
    assert presenter.loss_words == ("300,000", "415,000")

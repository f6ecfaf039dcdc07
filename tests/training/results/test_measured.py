"""Metrics in words."""

from workbench.training.results.measured import briefly, by_head, called, headline, headlines, losses_of_heads, title_of

TWO_HEADS = {
    "train/loss": 2.5,
    "train/age/loss": 0.7,
    "val/loss": 2.0,
    "val/kind/loss": 0.5,
    "val/age/loss": 1.5,
    "val/kind/top1": 0.8124,
    "val/kind/f1": 0.7,
    "val/age/mae": 3.2,
    "val/age/cs5": 0.4,
    "test/kind/top1": 0.75,
}


def test_numbers_are_called_by_their_measures_and_said_in_their_units():
    assert title_of("val/top1").said(0.8125) == "81.2 %"
    assert title_of("val/top1").said(0.8125, "%", deviation=0.004) == "81.2 ± 0.4%"
    assert title_of("val/mae").said(3.25, deviation=0.5) == "3.25 ± 0.5"
    assert title_of("val/age/cs5").words == "Within 5"
    assert title_of("test/psnr").said(24.3123) == "24.31 dB"
    assert title_of("val/mae").said(1234.5) == "1234"
    assert title_of("val/whatever9").words == "whatever9"


def test_a_split_is_summed_up_by_the_first_measure_of_each_head():
    assert headline(TWO_HEADS, "val") == "accuracy of kind 81.2 %, MAE of age 3.2"
    assert headline(TWO_HEADS, "test", "%") == "accuracy of kind 75.0%"
    assert headline({"val/loss": 1.0, "val/top1": 0.5, "val/f1": 0.4}, "val") == "accuracy 50.0 %"
    assert headline({"val/loss": 1.0}, "val") == headline({}, "val") == ""
    assert [called(metric) for metric in ("val/mae", "val/age/mae", "val/age/cs5")] == [
        "MAE",
        "MAE · age",
        "Within 5 · age",
    ]


def test_the_loss_of_each_head_is_told_from_the_total():
    assert losses_of_heads(TWO_HEADS, "val") == {"kind": 0.5, "age": 1.5}
    assert losses_of_heads({"val/loss": 1.0, "val/top1": 0.5}, "val") == {}


def test_a_cell_says_a_title_once_and_its_tooltip_the_heads():
    values = ["81.2 %", "75.0 %", "3.2"]
    assert briefly(("val/kind/top1", "val/size/top1", "val/age/mae"), values) == "accuracy 81.2 %, 75.0 %, MAE 3.2"
    assert briefly((), []) == ""
    validation, test = (headlines(TWO_HEADS, split) for split in ("val", "test"))
    assert by_head(validation, validation[:1]) == "validation: accuracy of kind 81.2 %, MAE of age 3.2"
    assert by_head(validation[:1], test) == ""

"""The layer table shows what the analysis found, and others can read its formats."""

import csv
import io
import json

import pytest
import torch

from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.compiler.table import layer_table, table_text
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError


def test_a_csv_has_each_layer_with_its_settings_and_costs() -> None:
    architecture = read_architecture("resnet20")
    resolution = resolve(architecture)
    rows = list(csv.DictReader(io.StringIO(table_text(layer_table(resolution), ".csv"))))
    assert [row["name"] for row in rows] == list(resolution.analysis.leaves)
    module = build(architecture)
    for row in rows:
        child = dict(module.named_modules()).get(row["name"])
        if isinstance(child, torch.nn.Conv2d):
            settings = dict(setting.split("=") for setting in row["settings"].split(", "))
            assert json.loads(settings["out_channels"]) == child.out_channels
            assert int(row["parameters"]) == sum(parameter.numel() for parameter in child.parameters())
            assert row["output"].startswith(f"{child.out_channels}×")
    assert sum(int(row["macs"]) for row in rows) == resolution.analysis.macs
    assert sum(int(row["activation_bytes"]) for row in rows) == resolution.analysis.activation_bytes


def test_markdown_has_as_many_columns_in_every_line_and_the_totals() -> None:
    resolution = resolve(read_architecture("lenet"))
    lines = table_text(layer_table(resolution), ".md").splitlines()
    assert {line.replace("\\|", "").count("|") for line in lines} == {9}
    assert len(lines) == len(resolution.analysis.leaves) + 3
    assert "61,706" in lines[-1] and "416,520" in lines[-1]
    assert lines[1] == "| :-- | :-- | :-- | :-- | --: | --: | :-- | --: |"
    conv1 = r"| conv1 | Conv2d | out\_channels=6, kernel\_size=5, padding=2 | 6×28×28 | 156 | 117,600 | 5×5 | 18,816 |"
    assert lines[3] == conv1
    assert lines[-3] == r"| fc3 | Linear | out\_features=10 | 10 | 850 | 840 |  | 40 |", "it sees everything"


def test_a_broken_network_is_shown_up_to_its_problem() -> None:
    rows = layer_table(resolve(read_architecture("lenet"), input_shape=(1, 8, 8)))
    assert [row.name for row in rows] == ["input", "conv1", "pool1", "relu1"]


def test_other_files_are_refused() -> None:
    with pytest.raises(SpecError, match=r"\.csv or \.md"):
        table_text((), ".xlsx")

"""torch's layers of sequences come in as layers, however a network takes their outputs, and answer the same."""

import pytest
import torch
from torch import Tensor, nn

from tests.compiler.importing.imported import proven
from workbench.compiler.module import build


class Reader(nn.Module):
    """Reads the rows of a picture; ``way`` says what it takes of what torch's layer returns."""

    def __init__(self, kind: type[nn.RNNBase], way: str, **settings: object) -> None:
        super().__init__()
        self.way = way
        self.rnn = kind(8, 6, batch_first=True, **settings)
        self.fc = nn.LazyLinear(10)

    def forward(self, x: Tensor) -> Tensor:
        outputs, states = self.rnn(x.squeeze(1))
        hidden = states[0] if isinstance(states, tuple) else states
        taken = {
            "mean": lambda: outputs.mean(1),
            "token": lambda: outputs[:, -1],
            "last": lambda: hidden[-1],
            "ends": lambda: torch.cat((hidden[-2], hidden[-1]), dim=1),
            "first layer": lambda: hidden[0],
            "both": lambda: torch.cat((outputs.mean(1), hidden[-2], hidden[-1]), dim=-1),
            "cell": lambda: states[1][-1],
        }
        return self.fc(taken[self.way]())


BOTH_WAYS = {"bidirectional": True, "num_layers": 2, "dropout": 0.25}


@pytest.mark.parametrize(
    ("kind", "way", "settings", "types"),
    [
        (nn.LSTM, "mean", BOTH_WAYS, ["Flatten", "LSTM", "Mean"]),
        (nn.LSTM, "token", {"dropout": 0.0}, ["Flatten", "LSTM", "SelectToken"]),
        (nn.LSTM, "last", {"num_layers": 3}, ["Flatten", "LSTM"]),
        (nn.GRU, "ends", BOTH_WAYS, ["Flatten", "GRU"]),
        (nn.GRU, "ends", {"bidirectional": True}, ["Flatten", "GRU"]),
        (
            nn.GRU,
            "both",
            BOTH_WAYS,
            ["Flatten", "GRU", "Mean", "SelectToken", "Slice", "SelectToken", "Slice", "Concat"],
        ),
        (nn.LSTM, "first layer", {"num_layers": 2}, ["Flatten", "Formula"]),
        (nn.LSTM, "cell", {}, ["Flatten", "Formula"]),
        (nn.GRU, "last", {"bias": False}, ["Flatten", "Formula"]),
    ],
)
def test_it_comes_in_as_a_layer(
    kind: type[nn.RNNBase], way: str, settings: dict[str, object], types: list[str]
) -> None:
    torch.manual_seed(0)
    network = Reader(kind, way, **settings).eval()
    network(torch.zeros(1, 1, 8, 8))
    imported = proven(network, (1, 8, 8))
    assert [node.type for node in imported.architecture.graph.in_order][1:-2] == types
    if "Formula" in types:
        return
    layer = imported.architecture.graph.by_name["rnn"]
    assert layer.parameters.get("dropout", 0.0) == settings.get("dropout", 0.0)
    module, x = build(imported.architecture).eval(), torch.randn(3, 1, 8, 8)
    module.load_state_dict(network.state_dict())  # one of torch's is one of ours
    torch.testing.assert_close(module(x)["output"], network(x))


class TokensFirst(nn.Module):
    """Reads the rows of a picture as torch does by default, and takes the sequence and the last output of it."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(8, 6)
        self.fc = nn.Linear(6, 10)

    def forward(self, x: Tensor) -> Tensor:
        outputs, hidden = self.rnn(x.squeeze(1).transpose(0, 1))
        return self.fc(outputs.mean(0) + hidden[-1])


def test_one_whose_tokens_come_before_the_batch_comes_in() -> None:
    torch.manual_seed(0)
    imported = proven(TokensFirst().eval(), (1, 8, 8))
    assert [node.type for node in imported.architecture.graph.in_order][1:-2] == ["Flatten", "Formula"]


def test_layers_along_a_series_come_in_as_layers() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Flatten(1, 2),
        nn.Conv1d(8, 6, 3, stride=2, padding=2, groups=2),
        nn.BatchNorm1d(6, eps=1e-3),
        nn.ReLU(),
        nn.MaxPool1d(2, ceil_mode=True),
        nn.Conv1d(6, 4, 2, padding="same", bias=False),
        nn.AvgPool1d(2, stride=1, count_include_pad=False),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 10),
    ).eval()
    nn.init.uniform_(network[2].running_var, 0.5, 1.5)
    imported = proven(network, (1, 8, 8))
    types = [node.type for node in imported.architecture.graph.in_order][1:-1]
    names = ["BatchNorm" if isinstance(each, nn.BatchNorm1d) else type(each).__name__ for each in network]
    assert types == names and imported.weights.keys() == network.state_dict().keys()

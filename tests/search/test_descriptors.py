"""Descriptors are the outputs of the last hidden layer, and computing them has no side effects."""

from collections.abc import Iterator

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, fx, nn
from torch.nn import functional

from workbench.search.descriptors import describe, descriptor_node
from workbench.search.nearest import NeighbourIndex


class TwoHeads(nn.Module):
    """A trunk with batch norm and dropout, a classifier of two layers, and a second head on the trunk."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(6)
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(24, 16)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(0.5)
        self.fc2 = nn.Linear(16, 10)
        self.softmax = nn.Softmax(dim=1)
        self.age = nn.Linear(24, 1)

    def hidden(self, x: Tensor) -> Tensor:
        return self.dropout(self.relu(self.fc1(self.flatten(self.pool(self.bn1(self.conv1(x)))))))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        hidden = self.hidden(x)
        return {
            "class": self.softmax(self.fc2(hidden)),
            "age": self.age(self.flatten(self.pool(self.bn1(self.conv1(x))))),
        }


class AllConvolutional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 5, 3)
        self.bn1 = nn.BatchNorm2d(5)
        self.conv2 = nn.Conv2d(5, 10, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"class": self.flatten(self.pool(self.conv2(self.bn1(self.conv1(x)))))}


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(nn.Flatten(), nn.Linear(64, 8))
        self.head = nn.Linear(16, 2)

    def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
        return {"same": self.head(torch.cat([self.tower(left), self.tower(right)], dim=1))}


def built(network: type[nn.Module]) -> fx.GraphModule:
    torch.manual_seed(0)
    return fx.symbolic_trace(network())


def pictures(num: int = 10) -> Tensor:
    return torch.randn(num, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_the_node_is_what_feeds_the_classifier() -> None:
    assert descriptor_node(built(TwoHeads)) == "dropout"
    assert descriptor_node(built(AllConvolutional)) == "bn1"
    assert descriptor_node(built(Siamese)) == "cat"


def test_without_weights_it_is_what_feeds_the_output() -> None:
    class Weightless(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"class": functional.relu(x)}

    assert descriptor_node(built(Weightless)) == "relu"


def test_responses_are_those_of_the_network_itself() -> None:
    module, reference = built(TwoHeads), TwoHeads()
    reference.load_state_dict(module.state_dict())
    descriptors = describe(module, pictures().split(4), "dropout")
    with torch.no_grad():
        expected = reference.eval().hidden(pictures())
    assert descriptors.shape == (10, 16) and descriptors.dtype == torch.float32 and not descriptors.requires_grad
    torch.testing.assert_close(descriptors, expected)


def test_only_what_is_needed_is_run() -> None:
    module = built(TwoHeads)
    ran: list[str] = []
    for name, layer in module.named_children():
        layer.register_forward_hook(lambda *_, name=name: ran.append(name))
    describe(module, [pictures()], "relu")
    assert ran == ["conv1", "bn1", "pool", "flatten", "fc1", "relu"]


def test_positions_are_averaged() -> None:
    module = built(AllConvolutional)
    descriptors = describe(module, [pictures()], "bn1")
    assert descriptors.shape == (10, 5)
    with torch.no_grad():
        logits = module.eval()(pictures())["class"]
        from_descriptors = functional.linear(descriptors, module.conv2.weight.flatten(1), module.conv2.bias)
    torch.testing.assert_close(from_descriptors, logits, msg="the mean commutes with the 1×1 convolution after it")


def test_both_towers_see_the_picture() -> None:
    descriptors = describe(built(Siamese), [pictures()], "cat")
    torch.testing.assert_close(descriptors[:, :8], descriptors[:, 8:])


def test_modes_statistics_and_random_state_are_left_as_they_were() -> None:
    module = built(TwoHeads).train()
    module.bn1.eval()
    modes = {name: layer.training for name, layer in module.named_modules()}
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random_state = torch.get_rng_state()
    describe(module, [pictures()], "dropout")
    assert {name: layer.training for name, layer in module.named_modules()} == modes
    assert torch.equal(torch.get_rng_state(), random_state)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_who_feeds_the_batches_can_cancel() -> None:
    module = built(TwoHeads).train()

    def cancelled() -> Iterator[Tensor]:
        yield pictures()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        describe(module, cancelled(), "dropout")
    assert all(layer.training for layer in module.modules())


def test_no_picture_at_all() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        describe(built(TwoHeads), [], "dropout")


def test_neighbours_of_a_trained_network_share_their_class_more_often() -> None:
    """Measured by the share of 10 neighbours that have the query's class."""
    digits = load_digits()
    inputs, labels = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16 - 0.5, torch.tensor(digits.target)
    module = built(TwoHeads)

    def purity() -> float:
        descriptors = describe(module, inputs[1000:].split(256), descriptor_node(module))
        index, held_out = NeighbourIndex(descriptors), labels[1000:]
        neighbours = torch.stack([index.nearest(query, k=11)[0][1:] for query in descriptors])
        return (held_out[neighbours] == held_out[:, None]).float().mean().item()

    untrained = purity()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    for _epoch in range(8):
        for batch, targets in zip(inputs[:1000].split(50), labels[:1000].split(50), strict=True):
            optimizer.zero_grad()
            functional.nll_loss(module(batch)["class"].clamp_min(1e-8).log(), targets).backward()
            optimizer.step()
    assert purity() > untrained + 0.1

"""The presets: valid, as in their papers, and formatted as the program writes them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from tests.presets.references import analysis_of
from workbench import shipped
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.data import AUGMENTATIONS, SOURCES
from workbench.data.preparation import check_fits, columns_of
from workbench.layers import LAYERS
from workbench.spec.column import PRIOR, named
from workbench.spec.experiment import Architecture
from workbench.spec.files import from_json, preset_names, read_architecture, read_experiment, to_json
from workbench.spec.record import replace
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.aims import embeds, heads_of, num_classes
from workbench.training.plan import check

ARCHITECTURES = preset_names("architectures")
EXPERIMENTS = preset_names("experiments")


def text_of(folder: str, name: str) -> str:
    return Path(shipped.presets() / folder / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_sound_and_says_where_it_comes_from(name: str) -> None:
    architecture = read_architecture(name)
    assert analysis_of(name).problems == ()
    assert architecture.about
    assert architecture.reference is not None
    assert 1950 < architecture.reference.year < 2030
    assert architecture.reference.novelty
    assert architecture.reference.url.startswith("https://")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_written_as_the_program_writes(name: str) -> None:
    text = text_of("architectures", name)
    assert to_json(from_json(text, Architecture)) == text


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_can_be_trained_by_its_own_name(name: str) -> None:
    assert read_experiment(name).architecture == read_architecture(name)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_sound(name: str) -> None:
    experiment = read_experiment(name)
    source = SOURCES.of(experiment.data.source)
    columns = source.facts().columns
    assert columns is not None
    assert analyse(experiment.architecture, classes=num_classes(experiment, columns)).problems == ()
    for component in experiment.data.augmentation:
        AUGMENTATIONS.of(component)
    OPTIMIZERS.of(experiment.training.optimizer)
    SCHEDULES.of(experiment.training.schedule)
    assert experiment.about


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_can_be_trained_on_its_data(name: str) -> None:
    """Each head matches its column, also with another number of classes; batches and data fit."""
    experiment = read_experiment(name)
    (shape,) = (node.parameters["shape"] for node in experiment.architecture.graph.inputs)
    source = SOURCES.of(experiment.data.source)
    check_fits(experiment.data.source, source.facts(), tuple(shape))
    columns = columns_of(experiment.data, source.facts().columns, tuple(shape))
    seven = tuple(replace(each, names=tuple("abcdefg")) if each.names else each for each in columns)
    check(experiment, seven)
    with torch.device("meta"):
        outputs = build(experiment.architecture, classes=7).eval()(torch.empty(2, *shape))
    for head in heads_of(experiment, seven):
        is_free = embeds(head) or head.target == PRIOR
        answer = outputs[head.output].shape[1:] if is_free else named(seven, head.target).answer
        assert outputs[head.output].shape == (2, *answer)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("perceptron", 64 * 10 + 10),
        ("mlp", 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
        ("lenet", 61_706),
        ("resnet20", 272_474),
    ],
)
def test_counts_of_parameters_are_the_known_ones(name: str, parameters: int) -> None:
    assert analysis_of(name).parameters == parameters


class ResNet20(nn.Module):
    """He et al. 2016, section 4.2, from torchvision's blocks, with projections where the shape changes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, 1)
        self.layer2 = self._stage(16, 32, 2)
        self.layer3 = self._stage(32, 64, 2)
        self.fc = nn.Linear(64, 10)

    def _stage(self, taken: int, given: int, stride: int) -> nn.Sequential:
        project = None
        if stride > 1:
            project = nn.Sequential(nn.Conv2d(taken, given, 1, stride, bias=False), nn.BatchNorm2d(given))
        return nn.Sequential(
            BasicBlock(taken, given, stride, project), BasicBlock(given, given), BasicBlock(given, given)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn1(self.conv1(x)).relu()
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def test_resnet20_takes_the_weights_of_torchvisions_blocks() -> None:
    torch.manual_seed(0)
    reference = ResNet20()
    ours = build(read_architecture("resnet20"), classes=10, seed=1)
    x = torch.randn(4, 3, 32, 32)
    reference(x)
    ours.load_state_dict(reference.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(x)["output"], reference.eval()(x))


def test_every_layer_of_a_preset_is_in_the_catalogue() -> None:
    for name in ARCHITECTURES:
        architecture = read_architecture(name)
        graphs = (architecture.graph, *architecture.blocks.values())
        assert {
            node.type for graph in graphs for node in graph.nodes
        } <= LAYERS.table.keys() | architecture.blocks.keys()

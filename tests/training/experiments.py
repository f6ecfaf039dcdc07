"""Small experiments on real embedded data, quick enough that every test can train for real."""

from tests.compiler.networks import network, node
from workbench.data.dataset import Dataset
from workbench.data.preparation import prepare
from workbench.session.prepared import input_shape
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, Head, Speed, TrainingRecipe
from workbench.spec.record import replace


def digits(epochs: int = 2, batch_size: int = 64, lr: float = 0.05, **training: object) -> Experiment:
    """A small convolutional net with dropout and batch norm on the embedded digits, shifted in training."""
    return Experiment(
        name="digits",
        architecture=network(
            node("input", "Input", shape=[1, 8, 8]),
            node("conv", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
            node("norm", "BatchNorm", "conv"),
            node("relu", "ReLU", "norm"),
            node("pool", "MaxPool2d", "relu", kernel_size=2),
            node("flatten", "Flatten", "pool"),
            node("dropout", "Dropout", "flatten", p=0.2),
            node("fc", "Linear", "dropout", out_features="$classes"),
            node("output", "Output", "fc"),
            classes=10,
        ),
        data=DataRecipe(
            source=Component(type="Digits"),
            augmentation=(Component(type="Shift", parameters={"max_pixels": 1}),),
        ),
        training=TrainingRecipe(
            epochs=epochs,
            batch_size=batch_size,
            optimizer=Component(type="SGD", parameters={"lr": lr, "momentum": 0.9}),
            schedule=Component(type="Cosine"),
            device="cpu",
            **training,
        ),
        seed=3,
    )


def endless() -> Experiment:
    """The digits for so long that no test sees the end.

    Without a trial of compiling: it takes half a minute, and on a busy machine, where steps are slow, it seems to pay.
    """
    return digits(epochs=5000, speed=Speed(compile="off"))


def data_of(experiment: Experiment) -> Dataset:
    """Prepare the experiment's data."""
    return prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed, progress=lambda *_: None)


def with_training(experiment: Experiment, **changes: object) -> Experiment:
    """The experiment with parts of its training recipe changed."""
    return replace(experiment, training=replace(experiment.training, **changes))


def chain(*layers, **training):
    """An experiment on flattened digits with these layers in sequence, without augmentation."""
    nodes = [node("input", "Input", shape=[1, 8, 8]), node("flatten", "Flatten", "input")]
    for number, (kind, parameters) in enumerate(layers):
        nodes.append(node(f"{kind.lower()}{number}", kind, nodes[-1].name, **parameters))
    nodes += [node("fc", "Linear", nodes[-1].name, out_features=10), node("output", "Output", "fc")]
    experiment = replace(digits(), architecture=network(*nodes))
    experiment = replace(experiment, data=replace(experiment.data, augmentation=()))
    return with_training(experiment, schedule=Component(type="Constant"), **training)


def sgd(lr, momentum=0.0):
    return Component(type="SGD", parameters={"lr": lr, "momentum": momentum})


LINEAR = ("Linear", {"out_features": 32})


def plain(**training):
    """A LeNet without dropout and batch norm; 30 steps, and the last batch of an epoch is short."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=6, kernel_size=3),
        node("tanh", "Tanh", "conv"),
        node("pool", "MaxPool2d", "tanh", kernel_size=2),
        node("flatten", "Flatten", "pool"),
        node("norm", "LayerNorm", "flatten"),
        node("hidden", "Linear", "norm", out_features=32),
        node("relu", "ReLU", "hidden"),
        node("fc", "Linear", "relu", out_features="$classes"),
        node("output", "Output", "fc"),
        classes=10,
    )
    recipe = {"epochs": 3, "batch_size": 128, **training}
    return with_training(replace(digits(), architecture=architecture), **recipe)


def running_away():
    """A run whose outputs grow until they are no longer finite."""
    heads = (Head(output="output", loss=Component(type="MSE")),)
    return plain(heads=heads, optimizer=Component(type="SGD", parameters={"lr": 100}))


def wide(batch_size):
    """An experiment that takes about 0.4 MB a picture."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=512, kernel_size=3, padding=1),
        node("norm", "BatchNorm", "conv"),
        node("relu", "ReLU", "norm"),
        node("pool", "AdaptiveAvgPool2d", "relu", output_size=1),
        node("flatten", "Flatten", "pool"),
        node("fc", "Linear", "flatten", out_features=10),
        node("output", "Output", "fc"),
    )
    return replace(digits(epochs=1, batch_size=batch_size), architecture=architecture)


def normed(batch_size=130, **training):
    """The network of the other tests, with batch norm but no dropout, which each rank would draw for itself."""
    with_dropout = digits(batch_size=batch_size, **training)
    nodes = replace(with_dropout.architecture.graph).nodes
    still = tuple(replace(each, parameters={"p": 0.0}) if each.name == "dropout" else each for each in nodes)
    graph = replace(with_dropout.architecture.graph, nodes=still)
    architecture = replace(with_dropout.architecture, graph=graph)
    return replace(with_dropout, architecture=architecture)


PRIOR = Head(output="code", target="prior", loss=Component(type="KLDivergence"), weight=1 / 64)
PICTURE = Head(output="output", target="picture", loss=Component(type="MSE"))


def variational(width=4, **training):
    """Two numbers for each digit, and back; the code has the first head, which has no target."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("hidden", "Linear", "flatten", out_features=64),
        node("relu1", "ReLU", "hidden"),
        node("normal", "Linear", "relu1", out_features=width),
        node("code", "Output", "normal"),
        node("sample", "GaussianSample", "normal"),
        node("widen", "Linear", "sample", out_features=64),
        node("relu2", "ReLU", "widen"),
        node("pixels", "Linear", "relu2", out_features=64),
        node("reshape", "Reshape", "pixels", shape=[1, 8, 8]),
        node("output", "Output", "reshape"),
    )
    adam = Component(type="Adam", parameters={"lr": 0.01})
    experiment = replace(digits(epochs=3), architecture=architecture)
    return with_training(experiment, optimizer=adam, **{"heads": (PRIOR, PICTURE), **training})

"""Time from an edit in ResNet-152 until all shapes, costs and problems are updated."""

import atexit
import gc
import statistics
import time
from collections.abc import Callable

from tests.compiler.networks import network, node
from workbench.compiler.analysis import Resolver
from workbench.compiler.flatten import flatten
from workbench.session.torch_loading import keep_what_is_loaded
from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.record import replace

STAGES = ((64, 3), (128, 8), (256, 36), (512, 3))
"""Width and number of bottlenecks (He et al. 2016)."""

NUM_ROUNDS = 20
"""Each with new values, as far as there are any."""

Edit = Callable[[Graph, int], Graph]


def resnet152() -> Architecture:
    """ResNet-152 from blocks: each stage is a bottleneck with a convolution on its skip, followed by repeated ones."""
    nodes = [
        node("input", "Input", shape=[3, 224, 224]),
        node("conv1", "Conv2d", "input", out_channels=64, kernel_size=7, stride=2, padding=3, bias=False),
        node("bn1", "BatchNorm", "conv1"),
        node("relu", "ReLU", "bn1"),
        node("maxpool", "MaxPool2d", "relu", kernel_size=3, stride=2, padding=1),
    ]
    before = "maxpool"
    for stage, (width, number) in enumerate(STAGES, start=1):
        first, others = f"layer{stage}_0", f"layer{stage}_1"
        sizes = {"width": width, "out": 4 * width}
        nodes += [
            node(first, "Wider", before, stride=1 if stage == 1 else 2, **sizes),
            node(others, "Bottleneck", first, repeat=number - 1, **sizes),
        ]
        before = others
    nodes += [
        node("avgpool", "AdaptiveAvgPool2d", before, output_size=1),
        node("flatten", "Flatten", "avgpool"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
    ]
    return network(*nodes, blocks={"Bottleneck": bottleneck(), "Wider": bottleneck(skip=True)}, classes=1000)


def bottleneck(*, skip: bool = False) -> Graph:
    """1×1, 3×3 and 1×1 convolutions with a skip, which has its own convolution if the shape changes."""
    stride = {"stride": "$stride"} if skip else {}
    nodes = [
        node("input", "Input"),
        node("conv1", "Conv2d", "input", out_channels="$width", kernel_size=1, bias=False),
        node("bn1", "BatchNorm", "conv1"),
        node("relu1", "ReLU", "bn1"),
        node("conv2", "Conv2d", "relu1", out_channels="$width", kernel_size=3, padding=1, bias=False, **stride),
        node("bn2", "BatchNorm", "conv2"),
        node("relu2", "ReLU", "bn2"),
        node("conv3", "Conv2d", "relu2", out_channels="$out", kernel_size=1, bias=False),
        node("bn3", "BatchNorm", "conv3"),
    ]
    if skip:
        nodes += [
            node("convs", "Conv2d", "input", out_channels="$out", kernel_size=1, bias=False, **stride),
            node("bns", "BatchNorm", "convs"),
        ]
    nodes += [
        node("add", "Add", "bn3", "bns" if skip else "input"),
        node("relu", "ReLU", "add"),
        node("output", "Output", "relu"),
    ]
    return Graph(nodes=tuple(nodes), parameters={"width": 64, "out": 256, **({"stride": 1} if skip else {})})


def written_out(architecture: Architecture) -> Architecture:
    """The same network without blocks."""

    def plain(path: str) -> str:
        return path.replace(".", "_")

    nodes = tuple(
        Node(
            name=plain(flat.path),
            type=flat.type,
            parameters=flat.parameters,
            inputs=tuple(plain(source[0]) for source in flat.inputs if source),
        )
        for flat in flatten(architecture).nodes
    )
    return replace(architecture, graph=replace(architecture.graph, nodes=nodes), blocks={})


def setting(name: str, parameter: str, first: int) -> Edit:
    """An edit that sets one parameter of a node, to another number each round."""
    return lambda graph, turn: edits.set_parameters(graph, name, {parameter: first + turn})


def inserting(target: str) -> Edit:
    """An edit that inserts a ReLU before a node."""

    def insert(graph: Graph, turn: int) -> Graph:
        new = Node(name=f"new{turn}", type="ReLU")
        return edits.insert_on_edge(edits.add_node(graph, new), new.name, target, 0)

    return insert


FLAT: dict[str, Edit] = {
    "stride of the first convolution": setting("conv1", "stride", 1),
    "filters of the first convolution": setting("conv1", "out_channels", 65),
    "filters in the middle": setting("layer3_15_conv2", "out_channels", 257),
    "filters late": setting("layer4_2_conv1", "out_channels", 513),
    "filters before an Add, which is a problem": setting("layer3_15_conv3", "out_channels", 1025),
    "kernel in the middle, which is a problem": setting("layer2_3_conv2", "kernel_size", 4),
    "a layer put in early": inserting("layer1_1_conv1"),
    "a layer put in late": inserting("avgpool"),
    "a layer removed": lambda graph, turn: edits.remove_nodes(graph, {f"layer3_{turn}_relu1"}),
    "a connection removed": lambda graph, turn: edits.disconnect(graph, f"layer3_{turn}_add", 1),
    "a name": lambda graph, turn: edits.rename(graph, f"layer2_{turn % 8}_conv2", f"renamed{turn}"),
}

BLOCKS: dict[str, Edit] = {
    "stride of the first convolution": setting("conv1", "stride", 1),
    "width of a stage": setting("layer3_1", "width", 257),
    "repeats of a stage": lambda graph, turn: edits.set_repeat(graph, "layer3_1", 16 + turn),
    "a layer put in late": inserting("avgpool"),
    "a layer removed": lambda graph, turn: edits.remove_nodes(graph, {"relu"}),
}

WITHIN: dict[str, Edit] = {
    "groups within the bottleneck, all 46 uses": lambda graph, turn: edits.set_parameters(
        graph, "conv2", {"groups": 2 ** (1 + turn % 6), "dilation": 1 + turn // 6, "padding": 1 + turn // 6}
    ),
    "a layer put in within the bottleneck": inserting("conv3"),
}


def changed(architecture: Architecture, edit: Edit, turn: int, block: str = "") -> Architecture:
    """The architecture with its graph, or a block's, edited."""
    if not block:
        return replace(architecture, graph=edit(architecture.graph, turn))
    graph = edit(architecture.blocks[block], turn)
    return replace(architecture, blocks={**architecture.blocks, block: graph})


def times_ms(architecture: Architecture, edit: Edit, block: str = "") -> tuple[list[float], list[float]]:
    """CPU milliseconds to analyse each edited architecture, and each one after undo."""
    resolver = Resolver()
    resolver.resolve(architecture)
    edited_ms, undone_ms = [], []
    for turn in range(NUM_ROUNDS):
        for after, each_ms in ((changed(architecture, edit, turn, block), edited_ms), (architecture, undone_ms)):
            began_s = time.thread_time()
            resolver.resolve(after)
            each_ms.append((time.thread_time() - began_s) * 1e3)
    return edited_ms, undone_ms


def main() -> None:
    """Print the median and 95th percentile of each kind of edit, and of all."""
    blocks = resnet152()
    Resolver().resolve(blocks)
    keep_what_is_loaded()
    atexit.register(gc.unfreeze)
    for title, architecture, tables in (
        ("written out", written_out(blocks), {"": FLAT}),
        ("of blocks", blocks, {"": BLOCKS, "Bottleneck": WITHIN}),
    ):
        print(f"  ResNet-152 {title}, {len(flatten(architecture).nodes)} layers")
        all_edited_ms: list[float] = []
        all_undone_ms: list[float] = []
        for block, table in tables.items():
            for name, edit in table.items():
                edited_ms, undone_ms = times_ms(architecture, edit, block)
                all_edited_ms += edited_ms
                all_undone_ms += undone_ms
                report(name, edited_ms)
        report("all edits", all_edited_ms)
        report("all of them undone", all_undone_ms)


def report(name: str, each_ms: list[float]) -> None:
    """Print the percentiles in a line."""
    p95_ms = statistics.quantiles(each_ms, n=20)[-1]
    print(f"    {name:45} median {statistics.median(each_ms):6.1f} ms, p95 {p95_ms:6.1f} ms", flush=True)


if __name__ == "__main__":
    main()

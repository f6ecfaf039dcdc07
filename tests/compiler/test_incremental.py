"""Incremental analysis gives the same result as one from scratch, and computes no more than it must."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compiler.edited import changes, perform
from tests.compiler.networks import residual_network
from workbench.compiler.analysis import Resolver, resolve
from workbench.spec import edits
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), changes(), st.sampled_from([None, 7])), max_size=12))
def test_after_any_edits_it_is_the_analysis_from_nothing(sequence) -> None:
    architecture, resolver = residual_network(), Resolver()
    for within, change, classes in sequence:
        try:
            if within:
                block = perform(architecture.blocks["Residual"], change)
                architecture = replace(architecture, blocks={"Residual": block})
            else:
                architecture = replace(architecture, graph=perform(architecture.graph, change))
        except SpecError:
            continue
        assert resolver.resolve(architecture, classes=classes) == resolve(architecture, classes=classes)


def test_a_value_that_python_takes_for_equal_is_judged_anew() -> None:
    resolver, architecture = Resolver(), residual_network()
    assert resolver.resolve(architecture).analysis.sound
    graph = edits.set_parameters(architecture.graph, "side", {"kernel_size": True})
    assert not resolver.resolve(replace(architecture, graph=graph)).analysis.sound


def test_an_input_shape_from_outside_is_taken_by_each_question_for_itself() -> None:
    resolver, architecture = Resolver(), residual_network()
    shapes = [
        resolver.resolve(architecture, input_shape=shape).analysis.nodes["stem"].output_shapes
        for shape in (None, (3, 20, 20), None)
    ]
    assert shapes == [((8, 16, 16),), ((8, 20, 20),), ((8, 16, 16),)]


def test_only_what_an_edit_changed_is_found_again() -> None:
    resolver, architecture = Resolver(), residual_network()
    before = resolver.resolve(architecture).analysis.nodes
    graph = edits.set_parameters(architecture.graph, "side", {"bias": False})
    after = resolver.resolve(replace(architecture, graph=graph)).analysis.nodes
    layers = [path for path in after if after[path].type != "Residual"]
    assert [path for path in layers if after[path] is not before[path]] == ["side"]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.report.figures.palette import LIGHT
from emtract.report.figures.tree import NO_EMOTION, label_tree, paths
from emtract.words.taxonomies import TAXONOMIES


def nodes(figure):
    (drawn,) = figure.data
    return {
        node: (parent, value, colour)
        for node, parent, value, colour in zip(drawn.ids, drawn.parents, drawn.values, drawn.marker.colors, strict=True)
    }


@pytest.mark.parametrize("name", TAXONOMIES)
def test_every_label_hangs_on_the_tree(name):
    found = paths(name)
    assert tuple(found) == TAXONOMIES[name].labels
    assert all(path[-1] == label for label, path in found.items())
    drawn = nodes(label_tree(name))
    assert drawn[name][1] == len(found) and {"/".join((name, *path)) for path in found.values()} <= set(drawn)


@given(
    st.sampled_from(sorted(TAXONOMIES)).flatmap(
        lambda name: st.tuples(
            st.just(name), st.dictionaries(st.sampled_from(TAXONOMIES[name].labels), st.integers(0, 50))
        )
    )
)
def test_a_branch_is_the_sum_of_what_hangs_on_it(drawn):
    name, counts = drawn
    found = nodes(label_tree(name, counts))
    for node, (_, value, _) in found.items():
        below = [other for _, (parent, other, _) in found.items() if parent == node]
        assert not below or sum(below) == value
    assert sum(v for _, v, _ in found.values()) == 0 or found[name][1] == sum(counts.values())


def test_labels_have_the_colour_of_their_emotion_and_others_are_passed_over():
    found = nodes(label_tree("plutchik", {"joy": 3, "trust": 2, "<script>": 7}))
    assert found["plutchik"][1] == 5 and not any("script" in node for node in found)
    assert found["plutchik/happy/joy"][2] == LIGHT["happy"]
    assert found[f"plutchik/{NO_EMOTION}/trust"][1:] == (2, LIGHT["quiet"])
    disgust = nodes(label_tree("parrott_secondary"))["parrott_secondary/anger/disgust"]
    assert disgust[2] == LIGHT["disgust"]

from hypothesis import given
from hypothesis import strategies as st

from governance.access.draw import draw

IDS = [f"id-{n}" for n in range(100)]


def test_the_draw_is_the_one_that_the_docstring_describes():
    # sha256("lanthorn draw v1\0" + seed + "\0" + word + "\0" + id), worked out with sha256sum
    assert draw(b"\1" * 32, "lamp oil", IDS[:5], 2) == ["id-3", "id-2"]


@given(st.binary(min_size=32, max_size=32), st.text(max_size=8), st.permutations(IDS), st.integers(0, 120))
def test_it_depends_on_nothing_but_seed_word_and_ids(seed, word, ids, number):
    drawn = draw(seed, word, ids, number)
    assert drawn == draw(seed, word, [*IDS, *IDS], number)
    assert len(drawn) == len(set(drawn)) == min(number, len(IDS))
    assert drawn == draw(seed, word, ids, 200)[:number]


@given(st.binary(min_size=32, max_size=32))
def test_each_part_changes_the_draw(seed):
    assert draw(seed, "one", IDS, 50) != draw(seed, "other", IDS, 50)
    assert draw(seed, "one", IDS, 50) != draw(bytes(32) if any(seed) else b"\1" * 32, "one", IDS, 50)

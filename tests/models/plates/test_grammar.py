"""The grammar of marks: what parses, what is mended, and what is left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plates.grammar import Mended, mend, parse, spaced, swap_posterior, valid_age_identifier
from models.plates.layouts import LAYOUTS, Layout
from models.plates.reading import Character, MarkKind

TODAY = date(2026, 11, 23)
KINDS = MarkKind
NEVER_ISSUED = "I", "Q"


def characters(text: str, confidence: float = 0.9) -> list[Character]:
    return [Character(char, confidence) for char in text]


def mended(text: str, confidence: float = 0.9, on: date = TODAY) -> Mended:
    return mend(characters(text, confidence), on)


@st.composite
def marks(draw: st.DrawFn) -> tuple[str, Layout]:
    """A mark of any layout, valid today."""
    layout = draw(st.sampled_from(LAYOUTS))
    text = "".join(draw(st.sampled_from(sorted(allowed))) for allowed in layout.positions)
    if layout.dated:
        year = draw(st.one_of(st.integers(2, 26), st.integers(51, 76)))
        text = f"{text[:2]}{year:02}{text[4:]}"
    if layout.needs_irish_letter and not layout.allows(text):
        letter = next(i for i, allowed in enumerate(layout.positions) if "Z" in allowed or allowed == {"I"})
        text = f"{text[:letter]}Z{text[letter + 1 :]}"
    return text, layout


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("DX17ZWH", KINDS.CURRENT, "DX17 ZWH"),
        ("LT23CGK", KINDS.CURRENT, "LT23 CGK"),
        ("AB51ZZZ", KINDS.CURRENT, "AB51 ZZZ"),
        ("B20DVW", KINDS.PREFIX, "B20 DVW"),
        ("G1VWW", KINDS.PREFIX, "G1 VWW"),
        ("Y494TSA", KINDS.PREFIX, "Y494 TSA"),
        ("OWV991G", KINDS.SUFFIX, "OWV 991G"),
        ("PWF97R", KINDS.SUFFIX, "PWF 97R"),
        ("725EPB", KINDS.DATELESS, "725 EPB"),
        ("1MLT", KINDS.DATELESS, "1 MLT"),
        ("26GL", KINDS.DATELESS, "26 GL"),
        ("A1", KINDS.DATELESS, "A 1"),
        ("1234AB", KINDS.DATELESS, "1234 AB"),
        ("BSL554", KINDS.DATELESS, "BSL 554"),
        ("AXZ1234", KINDS.NORTHERN_IRELAND, "AXZ 1234"),
        ("BIL1", KINDS.NORTHERN_IRELAND, "BIL 1"),
        ("1234CZ", KINDS.NORTHERN_IRELAND, "1234 CZ"),
        ("IB12", KINDS.NORTHERN_IRELAND, "IB 12"),
        ("Q434YUX", KINDS.Q, "Q434 YUX"),
        ("00125", KINDS.TRADE, "00125"),
        ("AB12CD", KINDS.MILITARY, "AB 12 CD"),
        ("12AB34", KINDS.MILITARY, "12 AB 34"),
        ("123D456", KINDS.DIPLOMATIC, "123 D 456"),
        ("101X401", KINDS.DIPLOMATIC, "101 X 401"),
        ("J98257", KINDS.CROWN_DEPENDENCY, "J 98257"),
        ("J1", KINDS.CROWN_DEPENDENCY, "J 1"),
        ("12345", KINDS.CROWN_DEPENDENCY, "12345"),
        ("MN1234", KINDS.CROWN_DEPENDENCY, "MN 1234"),
        ("MAN123", KINDS.CROWN_DEPENDENCY, "MAN 123"),
        ("BMN123A", KINDS.CROWN_DEPENDENCY, "BMN 123A"),
        ("PP587AO", KINDS.FOREIGN, "PP587AO"),
    ],
)
def test_kinds_and_how_they_are_written(text: str, kind: MarkKind, written: str) -> None:
    assert parse(text, TODAY) == (None if kind is KINDS.FOREIGN else kind)
    assert spaced(text, kind) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DIVERTED",
        "TRAFFIC",
        "CAMDEN",
        "PRIDE",
        "VH45201",
        "DX27ZWH",  # from March 2027
        "DX77ZWH",  # from September 2027
        "DX00ZWH",
        "DX01ZWH",
        "DX50ZWH",
        "IX17ZWH",
        "ZX17ZWH",
        "DX17ZQH",
        "I123ABC",
        "U123ABC",
        "Z123ABC",
        "ABC123U",
        "A0ABC",
        "A012ABC",
        "ABC012A",
        "012AB",
        "12345AB",
        "ABCD1",
        "123456",
        "J1234567",
        "1234567",
        "PP587AO",
        "AB12CDEF",
        "ZAB123",
    ],
)
def test_no_uk_mark(text: str) -> None:
    assert parse(text, TODAY) is None


@pytest.mark.parametrize(
    ("digits", "on", "valid"),
    [
        ("51", date(2001, 8, 31), False),
        ("51", date(2001, 9, 1), True),
        ("02", date(2002, 2, 28), False),
        ("02", date(2002, 3, 1), True),
        ("26", date(2026, 2, 28), False),
        ("26", date(2026, 3, 1), True),
        ("76", date(2026, 8, 31), False),
        ("76", date(2026, 9, 1), True),
        ("27", date(2026, 11, 23), False),
        ("27", date(2027, 3, 1), True),
        ("00", date(2060, 1, 1), False),
        ("01", date(2060, 1, 1), False),
        ("50", date(2050, 3, 1), True),
        ("99", date(2049, 9, 1), True),
    ],
)
def test_age_identifier_needs_its_date(digits: str, on: date, valid: bool) -> None:
    assert valid_age_identifier(digits, on) is valid
    assert (parse(f"DX{digits}ZWH", on) is MarkKind.CURRENT) is valid


@pytest.mark.parametrize(("text", "kind"), [("123AB", KINDS.TRADE), ("12345", KINDS.TRADE), ("DX17ZWH", None)])
def test_red_characters_mean_a_trade_plate(text: str, kind: MarkKind | None) -> None:
    assert parse(text, TODAY, red_characters=True) is kind


@pytest.mark.parametrize(
    ("read", "text", "kind"),
    [
        ("DXI7ZWH", "DX17ZWH", KINDS.CURRENT),
        ("DXI72WH", "DX17ZWH", KINDS.CURRENT),
        ("HXSINWT", "HX51NWT", KINDS.CURRENT),
        ("0E11LKK", "OE11LKK", KINDS.CURRENT),  # O and not D: 0 and O share a glyph
        ("0123ABC", "D123ABC", KINDS.PREFIX),  # D, for O is no year letter
        ("E11IABC", "E111ABC", KINDS.PREFIX),
        ("5937NNV", "S937NNV", KINDS.PREFIX),
        ("BSLS54", "BSL554", KINDS.DATELESS),
        ("I480AS", "1480AS", KINDS.DATELESS),  # one swap before two (148 OAS)
        ("J9B257", "J98257", KINDS.CROWN_DEPENDENCY),
    ],
)
def test_look_alikes_are_mended_where_the_position_settles_it(read: str, text: str, kind: MarkKind) -> None:
    result = mended(read)
    assert (result.text, result.kind) == (text, kind)


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        ("820DVW", KINDS.DATELESS),  # a mark as read, though B20 DVW is likelier
        ("PWF97", KINDS.DATELESS),
        ("VH45201", None),
        ("DX27ZWH", None),  # an age identifier of the future
        ("DIVERTED", None),
        ("GIVWW", None),  # no figure as read: a word like RIGHT
        ("RIGHT", None),
        ("CYCISIS", None),
        ("AFFIC", None),
        ("5800851", None),  # no letter as read: a telephone number
        ("OIII", None),
    ],
)
def test_what_is_left_as_it_was_read(read: str, kind: MarkKind | None) -> None:
    result = mended(read)
    assert (result.text, result.kind) == (read, kind)
    assert result.characters == tuple(characters(read))


def test_on_a_plate_a_text_without_figures_is_no_word() -> None:
    assert mend(characters("GIVWW"), TODAY, may_be_word=False).text == "G1VWW"


@pytest.mark.parametrize(
    ("read", "readings"),
    [("A5SB", ("A558", "ASS8")), ("AA58S", ("AA585", "AAS8S")), ("AAS5SA", ("AAS55A", "AA55SA"))],
)
def test_two_readings_with_as_few_swaps_are_left_alone(read: str, readings: tuple[str, str]) -> None:
    assert all(parse(text, TODAY) is not None for text in readings)
    result = mended(read, confidence=0.5)
    assert (result.text, result.kind) == (read, None)


@pytest.mark.parametrize(
    ("hyphens", "text"),
    [((), "RK26OAR"), ((4,), "RK26OAR"), ((2,), "RK260AR"), ((2, 5), "RK260AR")],
)
def test_a_hyphen_where_no_uk_mark_has_a_gap_means_a_foreign_mark(hyphens: tuple[int, ...], text: str) -> None:
    assert mend(characters("RK260AR"), TODAY, frozenset(hyphens)).text == text


@pytest.mark.parametrize(("confidence", "text"), [(0.996, "RK115AN"), (0.994, "RK11SAN")])
def test_a_sure_foreign_mark_is_not_mended_into_a_uk_one(confidence: float, text: str) -> None:
    assert mended("RK115AN", confidence).text == text


def test_shared_glyphs_are_mended_however_sure_the_reader_is() -> None:
    result = mended("DXI7ZWH", confidence=0.9999)
    assert result.text == "DX17ZWH"
    assert {c.confidence for c in result.characters} == {0.9999}


def test_a_swap_of_shapes_carries_its_own_probability() -> None:
    result = mended("HXS1NWT", confidence=0.9)
    swapped = result.characters[2]
    assert (swapped.char, swapped.confidence) == ("5", pytest.approx(swap_posterior(0.9)))
    assert swapped.others == (Character("S", pytest.approx(1 - swap_posterior(0.9))),)
    assert 0.5 < result.characters[2].confidence < 1
    assert {c.confidence for i, c in enumerate(result.characters) if i != 2} == {0.9}


@given(marks())
def test_every_mark_parses_and_is_left_as_read(mark: tuple[str, Layout]) -> None:
    text, _ = mark
    kind = parse(text, TODAY)
    assert kind is not None
    assert mended(text).text == text
    assert mended(text).kind is kind
    assert spaced(text, kind).replace(" ", "") == text


@given(
    st.text(alphabet="ABDGIJMNOQSXZ0125678", max_size=10), st.floats(0, 1), st.dates(date(2001, 9, 1), date(2049, 1, 1))
)
def test_mending_changes_only_look_alikes_and_once(text: str, confidence: float, on: date) -> None:
    result = mended(text, confidence, on)
    allowed = {frozenset(pair) for pair in ("0O", "1I", "5S", "8B", "2Z", "6G", "0D")}
    assert len(result.text) == len(text)
    for before, after in zip(text, result.text, strict=True):
        assert before == after or frozenset((before, after)) in allowed
    assert result.kind is parse(result.text, on)
    assert mend(result.characters, on).text == result.text
    assert all(0 <= c.confidence <= 1 for c in result.characters)
    if parse(text, on) is not None:
        assert result.text == text


@given(marks(), st.data())
def test_a_shared_glyph_read_the_other_way_comes_back_or_is_a_mark_itself(
    mark: tuple[str, Layout], data: st.DataObject
) -> None:
    text, _ = mark
    places = [i for i, char in enumerate(text) if char in "01OI"]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    other = {"0": "O", "O": "0", "1": "I", "I": "1"}[text[place]]
    misread = text[:place] + other + text[place + 1 :]
    result = mended(misread)
    if parse(text, TODAY) is MarkKind.CURRENT:
        assert result.text == text
    else:
        assert result.kind is not None or result.text == misread

"""Numbers and codes: what is taken, what is refused, and with which sentence."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nhs_number.validate import is_valid as another_library_takes

from hub.domain.identifiers import (
    format_nhs_number,
    gphc_number,
    is_test_number,
    made_up_nhs_number,
    new_reference,
    nhs_number,
    ods_practice_code,
    parse_reference,
    pcn_code,
    snomed_is_valid,
)
from hub.domain.vocabulary import Profession

# From 4 on, because the other library also asks the first six digits of a Scottish number to be a date.
TEN_DIGITS = st.from_regex(r"[4-9][0-9]{9}", fullmatch=True)
INDEXES = st.integers(0, 899_998)


def taken(text: str) -> bool:
    try:
        nhs_number(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "9434765919",
        "943 476 5919",
        "943-476-5919",
        "  943 476 5919\t\r\n",
        "943\N{NO-BREAK SPACE}476\N{EN DASH}5919",
        "943\N{MINUS SIGN}476\N{NON-BREAKING HYPHEN}5919\N{ZERO WIDTH SPACE}",
        "９４３４７６５９１９",  # noqa: RUF001 - full-width digits, as some web pages have them
    ],
)
def test_an_nhs_number_is_taken_however_it_is_spaced(text: str) -> None:
    assert nhs_number(text) == "9434765919"


@pytest.mark.parametrize("number", ["9434765919", "6541003238", "9990000018", "9990000026", "9990000034"])
def test_known_nhs_numbers_are_taken(number: str) -> None:
    assert nhs_number(number) == number


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Enter the NHS number"),
        (" - ", "Enter the NHS number"),
        ("943476591", "too short: it has 9 digits and needs 10"),
        ("9", "too short: it has 1 digit and needs 10"),
        ("94347659190", "too long: it has 11 digits and needs 10"),
        ("943476591O", "take out the letters"),
        ("NHS 943 476 5919", "take out the letters"),
        ("943/476/5919", "take out everything but digits"),
        ("٩٤٣٤٧٦٥٩١٩", "take out everything but digits"),
        ("9434765918", "check it against the record"),
        ("9434765991", "check it against the record"),
        ("QQ 12 34 56 C", "National Insurance number"),
        ("qq123456c", "National Insurance number"),
    ],
)
def test_what_is_not_an_nhs_number_is_refused_with_what_to_do(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        nhs_number(text)


@pytest.mark.parametrize("digit", string.digits)
def test_ten_equal_digits_are_refused_even_where_the_check_digit_is_right(digit: str) -> None:
    with pytest.raises(ValueError, match=r"Ten equal digits .* check it against the record"):
        nhs_number(digit * 10)


def test_a_number_without_a_check_digit_is_refused_whatever_its_last_digit() -> None:
    assert not [last for last in string.digits if taken("999000000" + last)]


@given(TEN_DIGITS)
def test_an_nhs_number_is_taken_exactly_when_another_library_takes_it(number: str) -> None:
    assert taken(number) == (another_library_takes(number) and len(set(number)) > 1)


@given(INDEXES, st.integers(0, 9), st.sampled_from(string.digits))
def test_one_wrong_digit_is_always_found(index: int, place: int, digit: str) -> None:
    number = made_up_nhs_number(index)
    changed = number[:place] + digit + number[place + 1 :]
    assert taken(changed) == (changed == number)


@given(st.text(max_size=20))
def test_any_text_is_an_nhs_number_or_gets_a_sentence_that_does_not_repeat_it(text: str) -> None:
    if taken(text):
        assert nhs_number(nhs_number(text)) == nhs_number(text)
    else:
        with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refusal:
            nhs_number(text)
        assert len(text.strip()) < 3 or text.strip() not in str(refusal.value)


def test_an_nhs_number_is_shown_in_three_groups() -> None:
    assert format_nhs_number("9990000018") == "999 000 0018"


@given(INDEXES)
def test_made_up_numbers_are_valid_test_numbers_and_read_back_as_shown(index: int) -> None:
    number = made_up_nhs_number(index)
    assert nhs_number(format_nhs_number(number)) == number
    assert is_test_number(number)
    assert another_library_takes(number)


def test_made_up_numbers_are_always_the_same_and_never_repeat() -> None:
    assert [made_up_nhs_number(index) for index in range(3)] == ["9990000018", "9990000026", "9990000034"]
    assert len({made_up_nhs_number(index) for index in range(20_000)}) == 20_000
    assert made_up_nhs_number(899_998).startswith("99999999")


@pytest.mark.parametrize("index", [-1, 899_999])
def test_there_is_an_end_to_made_up_numbers(index: int) -> None:
    with pytest.raises(ValueError, match="0 to 899998"):
        made_up_nhs_number(index)


def test_a_real_looking_number_is_not_a_test_number() -> None:
    assert not is_test_number("9434765919")


@pytest.mark.parametrize(
    ("text", "profession"),
    [("2012345", Profession.PHARMACIST), (" 50 12345 ", Profession.TECHNICIAN)],
)
def test_a_registration_number_of_the_profession_is_taken(text: str, profession: Profession) -> None:
    assert gphc_number(text, profession) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "profession", "sentence"),
    [
        ("5012345", Profession.PHARMACIST, "pharmacist's GPhC number begins with 2"),
        ("2012345", Profession.TECHNICIAN, "pharmacy technician's GPhC number begins with 5"),
        ("1012345", Profession.PHARMACIST, "premises"),
        ("1012345", Profession.TECHNICIAN, "premises"),
        ("201234", Profession.PHARMACIST, "7 digits"),
        ("20123456", Profession.PHARMACIST, "7 digits"),
        ("201234A", Profession.PHARMACIST, "7 digits"),
        ("", Profession.TECHNICIAN, "7 digits and begins with 5"),
    ],
)
def test_another_registration_number_is_refused(text: str, profession: Profession, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        gphc_number(text, profession)


def test_practice_and_network_codes_are_kept_in_capitals() -> None:
    assert ods_practice_code(" k81003 ") == "K81003"
    assert pcn_code("u12345") == "U12345"


@pytest.mark.parametrize("text", ["", "K8100", "K810033", "81003K", "KK1003", "FVR79"])
def test_what_is_not_a_practice_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a letter and five digits"):
        ods_practice_code(text)


def test_a_branch_code_is_refused_with_what_to_enter_instead() -> None:
    with pytest.raises(ValueError, match="first six characters"):
        ods_practice_code("K81003001")


@pytest.mark.parametrize("text", ["", "K81003", "U1234", "U123456"])
def test_what_is_not_a_network_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="letter U and five digits"):
        pcn_code(text)


SNOMED_CODES = [
    "1239511000000100",  # structured medication review
    "719329004",  # medication review done by pharmacist
    "719326006",  # medication review done by pharmacy technician
    "1127441000000107",  # medication review done by clinical pharmacist
    "314530002",  # medication review done
    "185420007",  # appointment made by telephone
]


@pytest.mark.parametrize("code", SNOMED_CODES)
def test_published_snomed_codes_are_valid(code: str) -> None:
    assert snomed_is_valid(code)


@pytest.mark.parametrize(
    "code",
    [
        "1127441000000100",  # rounded to 15 digits by a spreadsheet
        "1079381000000100",
        "",
        "71932",
        "0719329004",
        "1" * 19,
        "719329004\n",
        "7.19329E+08",
        "٧١٩٣٢٩٠٠٤",
    ],
)
def test_damaged_snomed_codes_are_not_valid(code: str) -> None:
    assert not snomed_is_valid(code)


@given(st.integers(10_000, 10**17 - 1))
def test_one_last_digit_of_ten_makes_a_snomed_code_valid(number: int) -> None:
    assert sum(snomed_is_valid(f"{number}{last}") for last in range(10)) == 1


@given(st.sampled_from(SNOMED_CODES), st.data())
def test_a_wrong_digit_or_two_swapped_ones_make_a_snomed_code_invalid(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 2))
    digit = data.draw(st.sampled_from(string.digits))
    wrong = code[:place] + digit + code[place + 1 :]
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert snomed_is_valid(wrong) == (wrong == code)
    assert snomed_is_valid(swapped) == (swapped == code)


@given(st.binary(min_size=5, max_size=5))
def test_a_reference_reads_back_as_written_and_keeps_all_forty_bits(rng_bytes: bytes) -> None:
    reference = new_reference(rng_bytes)
    assert parse_reference(reference) == reference
    value = 0
    for symbol in reference.replace("-", ""):
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(symbol)
    assert value.to_bytes(5, "big") == rng_bytes


def test_a_reference_looks_like_this() -> None:
    assert new_reference(bytes(5)) == "0000-0000"
    assert new_reference(b"\xff" * 5) == "ZZZZ-ZZZZ"
    assert new_reference(b"\x00\x00\x00\x00\x21more") == "0000-0011"


def test_a_reference_needs_enough_randomness() -> None:
    with pytest.raises(ValueError, match="5 random bytes, not 4"):
        new_reference(b"1234")


@pytest.mark.parametrize(
    "text", ["k7qm-4txn", "K7QM4TXN", " k7qm 4txn ", "K7QM\N{EN DASH}4TXN", "k-7-q-m4txn"]
)
def test_a_reference_is_understood_however_it_is_typed(text: str) -> None:
    assert parse_reference(text) == "K7QM-4TXN"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert parse_reference("oO0i-Il1L") == "0001-1111"


@pytest.mark.parametrize("text", ["", "K7QM", "K7QM-4TX", "K7QM-4TXNN", "K7QM-4TXU", "K7QM_4TXN", "../admin"])
def test_what_cannot_be_a_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="eight letters and digits"):
        parse_reference(text)

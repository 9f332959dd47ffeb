"""Is this number what it claims to be? NHS numbers, registrations, organisation codes, references.

Each function takes what a person typed or pasted and returns the one way we keep it,
or raises ValueError with a sentence that says what to do. No sentence repeats the
number, because sentences reach pages and logs.
"""

import re
import unicodedata

from hub.domain.vocabulary import Profession

_FIRST_DIGIT = {Profession.PHARMACIST: "2", Profession.TECHNICIAN: "5"}
_PREMISES_FIRST_DIGIT = "1"
_A_PERSON = {Profession.PHARMACIST: "pharmacist", Profession.TECHNICIAN: "pharmacy technician"}

# Crockford's alphabet: no I, L, O or U, so that nothing reads as 1, 0 or V.
_REFERENCE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_SYMBOLS = 8
_REFERENCE_BYTES = 5  # 8 symbols of 5 bits: 40 bits, about 1.1 million million references
_READ_AS = str.maketrans("OIL", "011")

_MINUS = "\N{MINUS SIGN}"  # to Unicode a symbol, to people a dash
_IGNORED = ("Pd", "Cf")  # dashes; invisible characters

_TEST_RANGE = "999"
_MADE_UP_PER_TEN = 9  # of ten following numbers at most one has no check digit
_LAST_MADE_UP = 100_000 * _MADE_UP_PER_TEN - 2  # the very last would be ten nines, which are refused


def _compact(text: str) -> str:
    """Return `text` in plain upper-case characters without spaces, dashes and invisible characters.

    Numbers are pasted from letters and web pages, which bring non-breaking spaces,
    long dashes, zero-width and full-width characters along.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(
        c for c in plain if not (c.isspace() or c == _MINUS or unicodedata.category(c) in _IGNORED)
    )


def _digits(count: int) -> str:
    return f"{count} digit" if count == 1 else f"{count} digits"


def nhs_number(text: str) -> str:
    """Return the NHS number in `text` as ten digits.

    Spaces and dashes are ignored. The tenth digit is the modulus 11 check digit of
    the NHS Data Dictionary. Ten equal digits are refused although some of them pass it.

    Raises:
        ValueError: it is not an NHS number; the sentence says what to do.
    """
    number = _compact(text)
    _check_ten_digits(number)
    if len(set(number)) == 1:
        raise ValueError("Ten equal digits are not an NHS number: check it against the record.")
    if _check_digit(number[:9]) != number[9]:
        raise ValueError("This is not an NHS number, a digit is wrong: check it against the record.")
    return number


def _check_ten_digits(number: str) -> None:
    if not number:
        raise ValueError("Enter the NHS number: it has 10 digits.")
    if re.fullmatch(r"[A-Z]{2}[0-9]{6}[A-D]", number):
        raise ValueError(
            "This looks like a National Insurance number: enter the NHS number, which has 10 digits."
        )
    if any(c.isalpha() for c in number):
        raise ValueError("An NHS number has only digits: take out the letters.")
    if not re.fullmatch(r"[0-9]+", number):
        raise ValueError("An NHS number has only digits: take out everything but digits, spaces and dashes.")
    if len(number) < 10:
        raise ValueError(
            f"This NHS number is too short: it has {_digits(len(number))} and needs 10. Add what is missing."
        )
    if len(number) > 10:
        raise ValueError(
            f"This NHS number is too long: it has {_digits(len(number))} and needs 10. Take out the rest."
        )


def _check_digit(nine: str) -> str:
    """Return the check digit of the first nine digits, or "" if no number begins so.

    NHS Data Dictionary, "NHS number": weights 10 to 2, the sum taken modulo 11 and
    from 11; 11 counts as 0, and 10 means that the number is not used.
    """
    remainder = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    check = (11 - remainder) % 11
    return "" if check == 10 else str(check)


def format_nhs_number(number: str) -> str:
    """Return ten digits as they are shown to people, in groups of 3, 3 and 4: "999 000 0018"."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def is_test_number(number: str) -> bool:
    """Say whether a valid NHS number is from the range kept for tests (999)."""
    return number.startswith(_TEST_RANGE)


def made_up_nhs_number(index: int) -> str:
    """Return the valid made-up NHS number of `index`: always the same one, different for each index.

    `index` is 0 to 899,998; the numbers are in the range kept for tests (999).

    Raises:
        ValueError: `index` is outside that range.
    """
    if not 0 <= index <= _LAST_MADE_UP:
        raise ValueError(f"There are made-up NHS numbers for 0 to {_LAST_MADE_UP}, not for {index}.")
    ten, place = divmod(index, _MADE_UP_PER_TEN)
    begun = f"{_TEST_RANGE}{ten:05d}"
    # The ninth digit has weight 2, so its ten values give ten different remainders:
    # at most one of them leaves a number without a check digit.
    nines = [begun + str(digit) for digit in range(10) if _check_digit(begun + str(digit))]
    return nines[place] + _check_digit(nines[place])


def gphc_number(text: str, profession: Profession) -> str:
    """Return the General Pharmaceutical Council registration number in `text` as seven digits.

    A pharmacist's begins with 2, a pharmacy technician's with 5, that of premises
    with 1 (NHS Data Dictionary, "General Pharmaceutical Council registration number").

    Raises:
        ValueError: it is not a number of this profession; the sentence says what to do.
    """
    number = _compact(text)
    person, first = _A_PERSON[profession], _FIRST_DIGIT[profession]
    if not re.fullmatch(r"[0-9]{7}", number):
        raise ValueError(
            f"A {person}'s GPhC number has 7 digits and begins with {first}: enter it as on the register."
        )
    if number[0] == first:
        return number
    if number[0] == _PREMISES_FIRST_DIGIT:
        raise ValueError(
            "A GPhC number that begins with 1 is that of a pharmacy's premises: "
            f"enter the {person}'s own, which begins with {first}."
        )
    raise ValueError(
        f"A {person}'s GPhC number begins with {first}: check the number, or change the profession."
    )


def ods_practice_code(text: str) -> str:
    """Return a GP practice's ODS code: a letter and five digits, "K81003".

    Raises:
        ValueError: it is not one, or is that of a branch; the sentence says what to do.
    """
    code = _compact(text)
    if re.fullmatch(r"[A-Z][0-9]{8}", code):
        raise ValueError(
            "This is the code of a branch surgery: enter that of its practice, the first six characters."
        )
    if not re.fullmatch(r"[A-Z][0-9]{5}", code):
        raise ValueError("A practice code is a letter and five digits, for example K81003.")
    return code


def pcn_code(text: str) -> str:
    """Return a Primary Care Network's ODS code: the letter U and five digits, "U12345".

    Raises:
        ValueError: it is not one; the sentence says what to do.
    """
    code = _compact(text)
    if not re.fullmatch(r"U[0-9]{5}", code):
        raise ValueError("A network code is the letter U and five digits, for example U12345.")
    return code


def snomed_is_valid(code: str) -> bool:
    """Say whether `code` can be a SNOMED CT identifier: 6 to 18 digits with a right check digit.

    The check digit is Verhoeff's (SNOMED CT Release File Specification, "Check-digit").
    It finds the codes that a spreadsheet has rounded to 15 digits.
    """
    if not re.fullmatch(r"[1-9][0-9]{5,17}", code):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _dihedral_product(check, _permuted(int(digit), place))
    return check == 0


def _permuted(digit: int, times: int) -> int:
    """Return `digit` after Verhoeff's permutation, applied `times` times (it repeats after eight)."""
    for _ in range(times % 8):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


def _dihedral_product(a: int, b: int) -> int:
    """Return a times b in the group of the pentagon's symmetries: 0 to 4 turn it, 5 to 9 mirror it."""
    turned = a + b if a < 5 else a - b
    return turned % 5 + (5 if (a < 5) != (b < 5) else 0)


def new_reference(rng_bytes: bytes) -> str:
    """Return a task's reference, such as "K7QM-4TXN", from the first five of `rng_bytes`.

    It says nothing about the patient or the order of tasks. All 40 bits show, so five
    bytes from a cryptographic source make it unguessable; the caller keeps it unique.

    Raises:
        ValueError: fewer than five bytes were given.
    """
    if len(rng_bytes) < _REFERENCE_BYTES:
        raise ValueError(f"A reference needs {_REFERENCE_BYTES} random bytes, not {len(rng_bytes)}.")
    number = int.from_bytes(rng_bytes[:_REFERENCE_BYTES], "big")
    places = range(5 * (_REFERENCE_SYMBOLS - 1), -1, -5)
    return _grouped("".join(_REFERENCE_ALPHABET[number >> place & 31] for place in places))


def parse_reference(text: str) -> str:
    """Return the reference in `text` as we write it, "K7QM-4TXN".

    Forgives small letters, spaces, a missing dash, and O for 0, I or L for 1.

    Raises:
        ValueError: it cannot be a reference; the sentence says what one looks like.
    """
    symbols = _compact(text).translate(_READ_AS)
    if len(symbols) != _REFERENCE_SYMBOLS or not set(symbols) <= set(_REFERENCE_ALPHABET):
        raise ValueError("A reference has eight letters and digits, for example K7QM-4TXN: check it.")
    return _grouped(symbols)


def _grouped(symbols: str) -> str:
    half = _REFERENCE_SYMBOLS // 2
    return f"{symbols[:half]}-{symbols[half:]}"

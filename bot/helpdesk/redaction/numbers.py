"""Payment card numbers and IBANs: numbers that prove themselves by a checksum."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence

from stdnum import iban, luhn, numdb

from bot.helpdesk.redaction.finding import Finding, Kind

_CARD_DIGITS = range(13, 20)
_RUN = re.compile(r"(?<![+\d])\d(?:[ \t._*/~`–-]{0,3}\d){12,}")  # a number after a plus sign is a telephone number
_GROUP = re.compile(r"\d+")

# Issuer prefixes with the lengths they come in: https://en.wikipedia.org/wiki/Payment_card_number
_ISSUERS: tuple[tuple[re.Pattern[str], Sequence[int]], ...] = (
    (re.compile(r"4"), (13, 16, 19)),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"30[0-5]|309|3[689]"), (14, 16, 17, 18, 19)),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])|6011|64[4-9]|65|62|8[12]|220[0-5]|9792"), (16, 17, 18, 19)),  # JCB to Troy
    (re.compile(r"50|5[6-8]|6"), _CARD_DIGITS),  # Maestro, RuPay, Verve
)


def cards(text: str) -> Iterator[Finding]:
    """Numbers of 13 to 19 digits, grouped or not, with the prefix of an issuer and the right check digit."""
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        yield from _cards_among(text, groups)


def _cards_among(text: str, groups: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    size = sum(end - start for start, end in groups)
    if size in _CARD_DIGITS and _is_card(_digits(text, groups)):
        yield Finding(kind=Kind.CARD, start=groups[0][0], end=groups[-1][1])
        return
    # Beside other numbers, such as an expiry date, only groups of three digits and more are tried as parts of a card.
    first = 0
    while first < len(groups):
        count = _groups_of_card(text, groups[first : first + 6])
        if count:
            yield Finding(kind=Kind.CARD, start=groups[first][0], end=groups[first + count - 1][1])
        first += count or 1


def _groups_of_card(text: str, groups: Sequence[tuple[int, int]]) -> int:
    """With how many of these groups, from the first on, a card number is complete; 0 if there is none."""
    size = 0
    for count, (start, end) in enumerate(groups, start=1):
        size += end - start
        if end - start < 3 or size > _CARD_DIGITS[-1]:
            return 0
        if size in _CARD_DIGITS and _is_card(_digits(text, groups[:count])):
            return count
    return 0


def _digits(text: str, groups: Sequence[tuple[int, int]]) -> str:
    return "".join(str(int(digit)) for start, end in groups for digit in text[start:end])


def _is_card(number: str) -> bool:
    issued = any(len(number) in lengths and issuer.match(number) for issuer, lengths in _ISSUERS)
    return issued and luhn.is_valid(number)


_IBAN_START = re.compile(r"([A-Z]{2})[ \t.-]?[0-9]{2}", re.IGNORECASE)
_IBAN_PART = re.compile(r"([1-9][0-9]*)!([nac])")
_IBAN_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}


def ibans(text: str) -> Iterator[Finding]:
    """Bank account numbers of every country in the IBAN registry, with or without spaces."""
    for start in _IBAN_START.finditer(text):
        account = _account_pattern(start[1].upper())
        rest = account.match(text, start.end()) if account else None
        if rest and iban.is_valid(re.sub(r"[^A-Za-z0-9]", "", start[0] + rest[0]), check_country=False):
            yield Finding(kind=Kind.IBAN, start=start.start(), end=rest.end())


@functools.cache
def _account_pattern(country: str) -> re.Pattern[str] | None:
    """How the account part looks in this country, read from the registry that comes with stdnum."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    parts = (rf"(?:[ \t.-]{{0,2}}{_IBAN_CHARACTERS[kind]}){{{size}}}" for size, kind in _IBAN_PART.findall(structure))
    return re.compile("".join(parts), re.IGNORECASE) if structure else None

"""Payment card numbers and IBANs, recognised by their checksum."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

from stdnum import iban, numdb

from bot.helpdesk.redaction.finding import Kind, SecretFinding

_FEWEST_DIGITS, _MOST_DIGITS = 13, 19
_CARD_DIGITS = range(_FEWEST_DIGITS, _MOST_DIGITS + 1)
_SHORTEST_GROUP = 3
_MOST_GROUPS = 6
_Span = tuple[int, int]
_LINE = r"[ \t*_`]{0,2}\n[>|* \t]{0,4}"  # a number over several lines, which may be quoted
_BETWEEN = rf"(?:[ \t._*/~`()\[\]|,;+-]{{0,3}}|{_LINE})"
_RUN = re.compile(rf"(?<![+\d])\d(?:{_BETWEEN}\d){{12,}}")  # a number after a plus sign is a telephone number
_GROUP = re.compile(r"\d+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

# Issuer prefixes with the lengths they come in: https://en.wikipedia.org/wiki/Payment_card_number
_ISSUERS: tuple[tuple[re.Pattern[str], Sequence[int]], ...] = (
    (re.compile(r"4"), (13, 16, 19)),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"30[0-5]|309|3[689]"), (14, 16, 17, 18, 19)),  # Diners Club
    (re.compile(r"35(?:2[89]|[3-8])|6011|64[4-9]|65|62|8[12]|220[0-5]|9792"), (16, 17, 18, 19)),  # JCB to Troy
    (re.compile(r"50|5[6-8]|6"), _CARD_DIGITS),  # Maestro, RuPay, Verve
)

_CARD_WORD = re.compile(
    r"card|visa|master|amex|maestro|diners|discover|credit|debit|\bpan\b|karte|carte|tarjeta|\bcarta|cart[ãa]o|kaart"
    r"|\bkart[auyęo]?\b|\bkort|karty|карт|بطاقة|כרטיס|カード|카드|卡",
    re.IGNORECASE,
)
# A number that its writer names otherwise is no card: one in ten numbers has a valid check digit by chance.
_OTHER = (
    r"(?:(?:order|invoice|purchase|shipment|delivery|booking|customer|client|employee|staff|personnel|badge|member"
    r"|asset"
    r"|inventory|serial|device|article|product|item|part|ticket|case|incident|request|reference|tracking|parcel"
    r"|contract"
    r"|policy|claim|meter|batch|lot|transaction|account|job|message|build|process|session|file|record|document|room"
    r"|imei\d?|iccid|imsi|meid|eid|sim|esim|gtin|ean|upc|isbn|sku|sscc|fedex|ups|dhl|usps|gls|dpd|hermes|tnt|awb|vin|po"
    r"|sn|s/n|id|ref|nr|no|#|timestamp|epoch|barcode|qr"
    r"|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|personal\w*|mitarbeiter\w*|ausweis\w*|sendung\w*|paket\w*|serien\w*"
    r"|inventar\w*|artikel\w*|vertrag\w*|zähler\w*|vorgang\w*|ger[äa]te\w*"
    r"|commande|facture|colis|client|pedido|factura|paquete|cliente|ordine|fattura|pacco|encomenda|fatura|bestelling"
    r"|factuur|zamówieni\w*|faktur\w*|beställning\w*|ordre\w*|objednávk\w*|sipariş\w*|заказ\w*|замовлення)"
    r"(?:[ -]?(?:number|nummer|numéro|número|numero|no|nr|num|id|code|key))?)"
)
_NAMED_BEFORE = re.compile(
    rf"(?<!\w){_OTHER}[.:#=\"'*_`(]{{0,3}}[ \t]{{0,3}}(?:(?:is|was|no\.?|nr\.?|number|numéro|numero|número|n[°º]|#"
    rf"|ist|war|lautet"
    r"|est|es|è|é|id|my|the|for|with|:)[:.]?[ \t]{1,2}){0,3}[:#\"'*_`(]{0,3}$",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(
    rf"[\"'*_`)]{{0,3}}[ \t]{{1,3}}(?:(?:is|was|as|ist|est|es)[ \t](?:(?:my|the|our|your|an?|mein\w*|die|mon|mi|el)["
    rf" \t])?)?"
    rf"{_OTHER}(?!\w)",
    re.IGNORECASE,
)
_NEAR = 48
_DOUBLED = str.maketrans("0123456789", "0246813579")  # the sum of the digits of twice a digit
_DIGEST = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32,128}(?![0-9A-Za-z])|(?<![0-9A-Za-z])[0-9A-F]{32,128}(?![0-9A-Za-z])")
_LONGEST_DIGEST = 128


def cards(text: str) -> Iterator[SecretFinding]:
    """Finds numbers of 13 to 19 digits, grouped or not, with an issuer's prefix and a valid check digit."""
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        for start, end in _cards_among(text, groups, _CheckDigits([text[start:end] for start, end in groups])):
            if not _is_named_otherwise(text, start, end) and not _is_in_digest(text, start):
                yield SecretFinding(kind=Kind.CARD, start=start, end=end)


class _CheckDigits:
    """Check digits of all numbers that neighbouring groups of digits form, by Luhn's formula.

    The sums of digits up to each place are made once, because a long text may form thousands of numbers: with every
    second digit doubled, beginning at the first or at the second.
    """

    def __init__(self, groups: Sequence[str]) -> None:
        digits = "".join(groups)
        self.digits = digits
        self.starts = list(itertools.accumulate(map(len, groups), initial=0))
        single, doubled = list(map(int, digits)), list(map(int, digits.translate(_DOUBLED)))
        self._sums = []
        for first in (0, 1):
            mixed = single.copy()
            mixed[first::2] = doubled[first::2]
            self._sums.append(list(itertools.accumulate(mixed, initial=0)))

    def is_valid(self, start: int, end: int) -> bool:
        """Returns True if the last of `digits[start:end]` is the check digit. The one before it counts double."""
        sums = self._sums[end % 2]
        return (sums[end] - sums[start]) % 10 == 0


def _is_in_digest(text: str, position: int) -> bool:
    """Returns True for digits within a longer run of hexadecimal ones, such as the id of a commit."""
    around = _DIGEST.search(text, max(0, position - _LONGEST_DIGEST), position + _LONGEST_DIGEST)
    while around and around.end() <= position:
        around = _DIGEST.search(text, around.end(), position + _LONGEST_DIGEST)
    return around is not None and around.start() <= position and not around[0].isdigit()


def _cards_among(text: str, groups: Sequence[_Span], check: _CheckDigits) -> Iterator[_Span]:
    if check.starts[-1] in _CARD_DIGITS and _is_card(text, groups, check, 0, len(groups)):
        yield groups[0][0], groups[-1][1]
        return
    # Next to other numbers, such as an expiry date, only groups of at least three digits count as parts of a card.
    first = 0
    while first < len(groups):
        count = _groups_of_card(text, groups, check, first)
        if count:
            yield groups[first][0], groups[first + count - 1][1]
        first += count or 1


def _groups_of_card(text: str, groups: Sequence[_Span], check: _CheckDigits, first: int) -> int:
    """Returns the number of groups, from the first on, that form a card number; 0 where none do."""
    starts = check.starts
    begin = before = starts[first]
    for last in range(first + 1, min(first + _MOST_GROUPS, len(groups)) + 1):
        end = starts[last]
        if end - before < _SHORTEST_GROUP or end - begin > _MOST_DIGITS:
            return 0
        if end - begin >= _FEWEST_DIGITS and _is_card(text, groups, check, first, last):
            return last - first
        before = end
    return 0


def _is_card(text: str, groups: Sequence[_Span], check: _CheckDigits, first: int, last: int) -> bool:
    """Returns True if the groups from `first` up to `last` form the number of a card."""
    start, end = check.starts[first], check.starts[last]
    if not check.is_valid(start, end):
        return False
    issued = any(
        end - start in lengths and issuer.match(check.digits, start, end) is not None for issuer, lengths in _ISSUERS
    )
    return issued and _is_one_number(text, groups[first:last])


def _is_one_number(text: str, groups: Sequence[tuple[int, int]]) -> bool:
    """Returns False for groups of several numbers: IP addresses, versions, UUIDs."""
    between = {text[end:start] for (_, end), (start, _) in itertools.pairwise(groups)}
    if len(between) > 1 and any(set(".,;+|") & set(sign) for sign in between):
        return False
    return not any(uuid.start() <= groups[0][0] < uuid.end() for uuid in _uuids(text, groups[0][0]))


def _uuids(text: str, position: int) -> Iterator[re.Match[str]]:
    return _UUID.finditer(text, max(0, position - _NEAR), position + _NEAR)


def _is_named_otherwise(text: str, start: int, end: int) -> bool:
    line = text.rfind("\n", 0, start) + 1
    before = text[max(line, start - _NEAR) : start]
    after = text[end : end + _NEAR].split("\n", 1)[0]
    if _CARD_WORD.search(before) or _CARD_WORD.search(after):
        return False
    if _NAMED_BEFORE.search(before) or _NAMED_AFTER.match(after):
        return True
    # Visa has not issued 13 digits for decades; article numbers have them.
    return end - start == 13


_IBAN_START = re.compile(r"([A-Z]{2})[ \t.-]?[0-9][ \t]?[0-9]", re.IGNORECASE)
_IBAN_PART = re.compile(r"([1-9][0-9]*)!([nac])")
_IBAN_CHARACTERS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_IBAN_BETWEEN = rf"(?:[ \t._/()\[\]|*`-]{{0,3}}|{_LINE})"


def ibans(text: str) -> Iterator[SecretFinding]:
    """Finds account numbers of every country in the IBAN registry, with any separators, also over several lines."""
    for start in _IBAN_START.finditer(text):
        account = _account_pattern(start[1].upper())
        rest = account.match(text, start.end()) if account else None
        if rest and iban.is_valid(re.sub(r"[^A-Za-z0-9]", "", start[0] + rest[0]), check_country=False):
            yield SecretFinding(kind=Kind.IBAN, start=start.start(), end=rest.end())


@functools.cache
def _account_pattern(country: str) -> re.Pattern[str] | None:
    """Returns the pattern of a country's account part, from the registry that comes with stdnum."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    parts = (rf"(?:{_IBAN_BETWEEN}{_IBAN_CHARACTERS[kind]}){{{size}}}" for size, kind in _IBAN_PART.findall(structure))
    return re.compile("".join(parts), re.IGNORECASE) if structure else None

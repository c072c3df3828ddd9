"""PINs and one-time, door and card security codes: plain digits that only their name gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind

_QUOTE = r"[*_`\"']{0,2}"
_NUMBER = r"(?:[ -]?(?:code|number|nummer))"
_TOLD = rf"{_QUOTE}[ \t]{{0,3}}(?i:[:=]|is|was|ist|lautet)?[ \t]{{0,3}}{_QUOTE}"
_PIN = re.compile(
    rf"(?<![^\W_])(?:(?:PIN|PUK){_NUMBER}?"
    # In small letters "pin" is also a verb, so something must say that the number is meant.
    rf"|(?i:(?:my|your|our|his|her|their|the|sim|card|door|phone|meine?)[ ]p(?:in|uk){_NUMBER}?"
    rf"|p(?:in|uk)(?:{_NUMBER}|(?=[ \t]{{0,3}}[:=])|(?=[ \t](?:is|was|ist|lautet)[ \t]))))"
    rf"{_TOLD}(\d{{4,12}})(?!\d)"
)
_CODE = re.compile(
    r"(?<![^\W_])(?:TAN|(?i:otp|cvv2?|cvc2?|cv2|csc"
    r"|(?:security|verification|one[- ]time|[2m]fa|authenticat(?:or|ion)|log-?in|sms|access|door|alarm"
    r"|backup|recovery|unlock)"
    r"[ -](?:code|pass(?:word|code)?|pin)))"
    rf"{_TOLD}(\d{{3,4}}[ -]\d{{3,4}}|\d{{3,10}})(?!\d)"
)


def codes(text: str) -> Iterator[Finding]:
    """Numbers told as a PIN or a code."""
    for kind, pattern in ((Kind.PIN, _PIN), (Kind.CODE, _CODE)):
        for match in pattern.finditer(text):
            yield Finding(kind=kind, start=match.start(1), end=match.end(1))

"""Cleaning of text that came in: removal of hidden characters and of an assistant's reasoning, and truncation.

Bidirectional overrides reverse a file name; tag characters and other invisible ones hide words from readers
(https://www.unicode.org/reports/tr36/, https://trojansource.codes). Characters that a script or an emoji needs stay.
"""

from __future__ import annotations

import re
import unicodedata

# Line breaks other than line feeds, control characters, and invisible characters that no language needs.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "]"
)
_EMOJI_TAGS = "\U000e0020-\U000e007e"
_EMOJI_TAG_RUN = re.compile(f"(?P<flag>\U0001f3f4[{_EMOJI_TAGS}]{{1,8}}\U000e007f)|[\U000e0000-\U000e007f]+")
_JOINERS = re.compile("[\u200c\u200d]+")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_SUSPECT = re.compile(
    f"[\r{_INVISIBLE.pattern[1:-1]}\x0b\x0c\u2028\u2029\u061c\u200c-\u200f\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Arabic, Syriac, the scripts of India and related ones.
_JOINING = re.compile(
    "[\u0600-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)


def legible(text: str) -> str:
    """Removes the characters that hide or reverse a part of the text. Visible characters stay, in their order.

    Right-to-left words keep the marks they need, words of joining scripts and emoji their joiners. Idempotent.

    >>> legible("invoice\u202efdp.exe")
    'invoicefdp.exe'
    """
    if not _SUSPECT.search(text):
        return text
    text = _INVISIBLE.sub("", _BREAKS.sub("\n", text))
    text = _EMOJI_TAG_RUN.sub(lambda match: match["flag"] or "", text)
    text = _SELECTORS.sub(_selector, text)
    text = _JOINERS.sub(_joiner, text)
    without = _DIRECTIONS.sub("", text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in without if character > "\u0590"):
        return _DIRECTIONS.sub(lambda match: match[0][0], text)
    return without


def _selector(match: re.Match[str]) -> str:
    """Keeps one selector after a character that has variants; a run of selectors is a hidden text."""
    before = match.string[match.start() - 1 : match.start()]
    has_variants = before != "" and not before.isspace() and (before in "#*0123456789" or not before.isascii())
    return match[0][0] if has_variants and unicodedata.category(before)[0] in "SLNP" else ""


def _joiner(match: re.Match[str]) -> str:
    """Keeps one joiner after a letter of a script that needs them, or between the parts of an emoji."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    is_needed = _JOINING.match(before) or (_is_symbol(before) and _is_symbol(after))
    return match[0][0] if is_needed else ""


def _is_symbol(character: str) -> bool:
    return character != "" and (character == "\ufe0f" or unicodedata.category(character) in {"So", "Sk"})


# Some models write their reasoning before their answer. Employees must not see it.
_REASONING_NAMES = (
    "(?:ant|seed:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad"
    "|chain[_-]?of[_-]?thought|(?:inner|internal)[_-]?(?:monologue|thoughts?))"
)
_REASONING_TAG = (
    rf"(?:<|&lt;)(?P<end>/?){_REASONING_NAMES}(?:\s[^<>\n]*?)?(?P<empty>/?)(?:>|&gt;)"
    r"|\[(?P<end_in_brackets>/?)THINK\]|◁(?P<end_in_arrows>/?)think▷"
    r"|(?:<|&lt;)\|(?:begin|(?P<end_in_bars>end))_of_thought\|(?:>|&gt;)"
)
_FENCE = r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ \t>]*(?P=fence)"
_CODE = rf"(?P<code>{_FENCE}|(?<!`)(?P<tick>`+)(?!`)[^\n]+?(?<!`)(?P=tick)(?!`))"
_REASONING_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL
_REASONING_EVENT = re.compile(f"{_CODE}|{_REASONING_TAG}", _REASONING_FLAGS)


def without_reasoning(answer: str) -> str:
    """Returns the answer without the text between `<think>` and `</think>`, or tags of that kind.

    Without its closing tag, all text after the opening one is removed; without its opening tag, which is a part of some
    models' prompt, all text before the closing one. Tags in code are examples, and are kept.
    """
    kept: list[str] = []
    depth, end = 0, 0
    for event in _REASONING_EVENT.finditer(answer):
        if event["code"] is not None:
            continue
        if depth == 0:
            kept.append(answer[end : event.start()])
        depth = _depth_after(event, depth, kept)
        end = event.end()
    if not end:
        return answer
    return "".join([*kept, answer[end:] if depth == 0 else ""]).strip()


def _depth_after(event: re.Match[str], depth: int, kept: list[str]) -> int:
    """Returns the number of open reasoning tags after this one. A closing tag without an opening one clears `kept`."""
    if event["empty"]:
        return depth
    if not (event["end"] or event["end_in_brackets"] or event["end_in_arrows"] or event["end_in_bars"]):
        return depth + 1
    if depth == 0:
        kept.clear()
    return max(0, depth - 1)


_ZERO_WIDTH_JOINER = "\u200d"
_ELLIPSIS = "…"


def truncated(text: str, most: int) -> str:
    """Returns the text in at most `most` characters, with an ellipsis where it was cut.

    Characters are counted as UTF-16 code units: no system counts more, so a text that fits here fits everywhere.
    """
    if _units(text) <= most:
        return text
    end = _index(text, most - 1)
    return f"{text[: _boundary(text, end)].rstrip()}{_ELLIPSIS}"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _index(text: str, units: int) -> int:
    """Returns the number of characters of the text that fit into `units`."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > units:
            return index
    return len(text)


def _boundary(text: str, end: int) -> int:
    """Returns the last position up to `end` between two visible characters; `end` itself where there is none."""
    return next((at for at in range(end, 0, -1) if not _belongs_together(text, at)), end)


def _belongs_together(text: str, at: int) -> bool:
    """Returns True where the code points before and after this position are seen as one character."""
    before, after = text[at - 1], text[at]
    if _ZERO_WIDTH_JOINER in (before, after) or _continues(after):
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters_before(text, at) % 2 == 1
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _continues(character: str) -> bool:
    """Returns True for accents, variation selectors, skin tones and the tags of flags."""
    if unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start

"""Removal of an assistant's reasoning, which some models write before their answer and employees must not see."""

from __future__ import annotations

import re

_NAMES = (
    "(?:ant|seed:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad"
    "|chain[_-]?of[_-]?thought|(?:inner|internal)[_-]?(?:monologue|thoughts?))"
)
_TAG = (
    rf"(?:<|&lt;)(?P<end>/?){_NAMES}(?:\s[^<>\n]*?)?(?P<empty>/?)(?:>|&gt;)"
    r"|\[(?P<end_in_brackets>/?)THINK\]|◁(?P<end_in_arrows>/?)think▷"
    r"|(?:<|&lt;)\|(?:begin|(?P<end_in_bars>end))_of_thought\|(?:>|&gt;)"
)
_FENCE = r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??[ \t>]*(?P=fence)"
_CODE = rf"(?P<code>{_FENCE}|(?<!`)(?P<tick>`+)(?!`)[^\n]+?(?<!`)(?P=tick)(?!`))"
_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL
_EVENT = re.compile(f"{_CODE}|{_TAG}", _FLAGS)


def without_reasoning(answer: str) -> str:
    """Returns the answer without the text between `<think>` and `</think>`, or tags of that kind.

    Without its closing tag, all text after the opening one is removed; without its opening tag, which is a part of some
    models' prompt, all text before the closing one. Tags in code are examples, and are kept.
    """
    kept: list[str] = []
    depth, end = 0, 0
    for event in _EVENT.finditer(answer):
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

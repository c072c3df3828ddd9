"""An assistant's reasoning, which some models write before their answer: it is for nobody who asks."""

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
    """The answer without what stands between `<think>` and `</think>`, or tags of that kind.

    One that is never closed takes all the rest with it. One that is only closed takes all that is before it: its
    beginning is a part of some models' prompt. In code such a tag is an example, and stays.
    """
    kept: list[str] = []
    depth, done = 0, 0
    for event in _EVENT.finditer(answer):
        if event["code"] is not None:
            continue
        if depth == 0:
            kept.append(answer[done : event.start()])
        depth = _deeper(event, depth, kept)
        done = event.end()
    if not done:
        return answer
    return "".join([*kept, answer[done:] if depth == 0 else ""]).strip()


def _deeper(event: re.Match[str], depth: int, kept: list[str]) -> int:
    """How deep in reasoning what follows the tag is."""
    if event["empty"]:
        return depth
    if not (event["end"] or event["end_in_brackets"] or event["end_in_arrows"] or event["end_in_bars"]):
        return depth + 1
    if depth == 0:
        kept.clear()
    return max(0, depth - 1)

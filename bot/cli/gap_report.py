"""The output of `uppzy-desk gaps`: lines for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.cli.export_report import defused
from bot.helpdesk.model.gap import ContentGap, GapState, Trouble

WORDS_GONE = "The words were deleted after RETENTION_DAYS."

_REASONS = {
    Trouble.LOW_CONFIDENCE: "low confidence",
    Trouble.ABSENT_CONFIDENCE: "no confidence given",
    Trouble.BAD_VERDICT: "rated not helpful",
    Trouble.REPEATED: "asked again",
    Trouble.HANDED_OVER: "handed over",
    Trouble.WITHOUT_WORDS: "answered without words",
}


def gap_object(gap: ContentGap) -> dict[str, Any]:
    """Returns the object of a gap, as the review and `gaps` have it in JSON. Its keys are an interface."""
    return {
        "id": gap.id,
        "questions": gap.questions,
        "share": round(gap.share, 6),
        "reasons": {reason.value: count for reason, count in gap.reasons.items()},
        "examples": list(gap.examples) or [WORDS_GONE],
        "resolutions": list(gap.resolutions),
        "article": gap.article,
    }


def gaps_as_json(gaps: Sequence[ContentGap]) -> str:
    """Returns an array of all gaps, each with its state."""
    objects = [{**gap_object(gap), "state": gap.record.state.value} for gap in gaps]
    return json.dumps(objects, indent=2, ensure_ascii=False)


def gaps_as_csv(gaps: Sequence[ContentGap]) -> str:
    """Returns a header and a line for each gap. No cell is a formula for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    fixed = ["id", "questions", "share", "article", "state"]
    writer.writerow([*fixed, *(reason.value for reason in Trouble), "examples", "resolutions"])
    for gap in gaps:
        found = gap_object(gap)
        counts = [gap.reasons.get(reason, 0) for reason in Trouble]
        words = [defused("\n".join(found[name])) for name in ("examples", "resolutions")]
        writer.writerow(
            [gap.id, gap.questions, found["share"], gap.article or "", gap.record.state.value, *counts, *words]
        )
    return out.getvalue()


def gaps_as_lines(gaps: Sequence[ContentGap]) -> Iterator[str]:
    """Yields the lines of each gap for people."""
    if not gaps:
        yield "No gaps."
    for gap in gaps:
        state = "" if gap.record.state is GapState.OPEN else f", {gap.record.state.value}"
        article = f", article {gap.article}" if gap.article else ""
        yield f"{gap.id}: {_counted(gap.questions)}, {gap.share:.1%} of all{article}{state}"
        yield f"  {', '.join(f'{_REASONS[reason]}: {count}' for reason, count in gap.reasons.items())}"
        for example in gap.examples or (WORDS_GONE,):
            yield f"  ? {_line(example)}"
        for resolution in gap.resolutions:
            yield f"  = {_line(resolution)}"


def _counted(questions: int) -> str:
    return "1 question" if questions == 1 else f"{questions:,} questions"


def _line(text: str) -> str:
    return " ".join(text.split())

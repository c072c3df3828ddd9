"""Marked texts for every field that a person can fill, and the search for them."""

from __future__ import annotations

import enum


class Mark(enum.StrEnum):
    """A made-up word for each field, which no detector takes for a secret and which stands nowhere else."""

    QUESTION = "zephyrquestion"
    EDITED_QUESTION = "zephyredited"
    MATTER = "zephyrmatter"
    FORWARDED = "zephyrforwarded"
    CELL = "zephyrcell"
    LOOKUP = "zephyrlookup"
    FILE = "zephyrfile"
    ANSWER = "zephyranswer"
    REASON = "zephyrreason"
    REPLY = "zephyrreply"
    THREAD = "zephyrthread"
    EDITED_REPLY = "zephyrrephrased"
    NOTE = "zephyrnote"
    ASKED_BY_AGENT = "zephyragent"
    DRAFT = "zephyrdraft"
    RESOLUTION = "zephyrresolution"
    ARTICLE_TITLE = "zephyrtitle"
    ARTICLE_QUESTION = "zephyrasks"
    ARTICLE_ANSWER = "zephyrarticle"
    ARTICLE_CATEGORY = "zephyrcategory"
    SEARCH = "zephyrsearch"
    COMMENT = "zephyrcomment"
    NAME = "zephyrname"
    AGENT_NAME = "zephyrcolleague"
    MAIL = "zephyrmail"
    CHANNEL = "zephyrchannel"
    PASSWORD = "zephyr7password"
    OUTSIDE = "zephyroutside"


def marks_in(*sinks: str | bytes) -> set[Mark]:
    """Returns the marks that stand in texts or bytes, in whatever case."""
    lower = [(sink.encode() if isinstance(sink, str) else sink).lower() for sink in sinks]
    return {mark for mark in Mark if any(mark.encode() in one for one in lower)}

"""The help articles that the local Uppzy answers from."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One help article; `body` is Markdown, `keywords` are search words that are not in its text."""

    title: str
    keywords: str
    body: str


@functools.cache
def bundled_articles() -> tuple[Article, ...]:
    """Returns the articles of the package, in the order of their file."""
    text = resources.files(__package__).joinpath("articles.toml").read_text(encoding="utf-8")
    return tuple(
        Article(title=entry["title"], keywords=entry["keywords"], body=entry["body"].strip())
        for entry in tomllib.loads(text)["article"]
    )

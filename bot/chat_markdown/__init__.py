"""Texts in a chat before a surface writes them in its own markup: Markdown, links, long texts, reports. Pure."""

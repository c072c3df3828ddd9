"""Renders Block Kit as HTML, by pure functions (docs.slack.dev/reference/block-kit/blocks).

Only blocks that this bot uses are rendered; for any other the page says that it is not shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from sandbox.demo.html import LINE_BREAK, NOTHING, RULE, Html, element, escaped, join
from sandbox.demo.mrkdwn_html import Names, emoji, inline, link, local_time, mention, mrkdwn

Block = Mapping[str, Any]


def render_blocks(blocks: Iterable[Block], names: Names) -> Html:
    """Returns the blocks of a message or a form as HTML."""
    return join(_BLOCKS.get(str(block.get("type")), _not_shown)(block, names) for block in blocks)


def _not_shown(block: Block, names: Names) -> Html:
    return element("p", f"[{block.get('type')} is not shown here]", class_="not-shown")


# Text


def render_markdown(text: str) -> Html:
    """Returns the standard Markdown of a `markdown` block as HTML, without raw HTML, images and unsafe addresses."""
    return Html(_MARKDOWN.render(text))


class _Renderer(RendererHTML):
    """Opens links in a new tab. Angle brackets are escaped in code too, as in `bot.slack.markdown`."""

    def code_inline(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return element("code", _unbracketed(tokens[index].content))

    def code_block(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return element("pre", element("code", _unbracketed(tokens[index].content)))

    def fence(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        return self.code_block(tokens, index, options, env)

    def link_open(self, tokens: list[Token], index: int, options: Any, env: Any) -> str:
        tokens[index].attrSet("target", "_blank")
        tokens[index].attrSet("rel", "noopener noreferrer")
        return self.renderToken(tokens, index, options, env)


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    .enable(["table", "strikethrough"])
    .disable("image")
)


def _unbracketed(code: str) -> str:
    return code.replace("&lt;", "<").replace("&gt;", ">")


def _text(text: Block, names: Names) -> Html:
    """Renders a text object: mrkdwn, or plain text, in which emoji codes are the only markup."""
    written = str(text.get("text", ""))
    return mrkdwn(written, names) if text.get("type") == "mrkdwn" else element("p", written)


def _label(text: Block) -> str:
    return str(text.get("text", ""))


# Blocks


def _section(block: Block, names: Names) -> Html:
    parts = [_text(block["text"], names)] if "text" in block else []
    fields = [element("div", _text(field, names), class_="field") for field in block.get("fields", ())]
    parts += [element("div", *fields, class_="fields")] if fields else []
    if "accessory" not in block:
        return element("div", *parts, class_="section")
    return element("div", element("div", *parts), _interactive(block["accessory"], names), class_="section beside")


def _context(block: Block, names: Names) -> Html:
    return element("div", *(_text(part, names) for part in block["elements"] if "text" in part), class_="context")


def _header(block: Block, names: Names) -> Html:
    return element("h4", _label(block["text"]), class_="header")


def _actions(block: Block, names: Names) -> Html:
    return element("div", *(_interactive(part, names) for part in block["elements"]), class_="actions")


def _markdown(block: Block, names: Names) -> Html:
    return element("div", render_markdown(str(block["text"])), class_="markdown")


def _divider(block: Block, names: Names) -> Html:
    return RULE


# Interactive elements


def _interactive(body: Block, names: Names) -> Html:
    match body.get("type"):
        case "button":
            return _button(body)
        case "feedback_buttons":
            return join([_thumb(body, "positive_button", "👍"), _thumb(body, "negative_button", "👎")])
        case "overflow":
            return _overflow(body)
        case "static_select":
            options = [_option(one, body.get("initial_option")) for one in body["options"]]
            return _menu(body, options, placeholder=_label(body.get("placeholder", {})))
        case "users_select":
            people = [_person(id, name) for id, name in names.people.items() if id not in names.bots]
            return _menu(body, people, placeholder=_label(body.get("placeholder", {})) or "Select a user")
    return element("span", f"[{body.get('type')} is not shown here]", class_="not-shown")


def _button(body: Block) -> Html:
    if "url" in body:
        return link(str(body["url"]), _label(body["text"]))
    return _press(
        element("span", _label(body["text"])),
        action=str(body["action_id"]),
        value=str(body.get("value", "")),
        look=str(body.get("style", "plain")),
        label=str(body.get("accessibility_label", "")),
    )


def _overflow(body: Block) -> Html:
    """Returns a menu behind three dots; each entry acts like a button."""
    entries = [
        _press(
            element("span", _label(entry["text"])),
            action=str(body["action_id"]),
            value=str(entry["value"]),
            look="menu-entry",
            label="",
        )
        for entry in body["options"]
    ]
    dots = element("summary", "⋯", aria_label="More actions", class_="press plain")
    return element("details", dots, element("div", *entries), class_="overflow")


def _thumb(body: Block, side: str, sign: str) -> Html:
    thumb = body[side]
    return _press(
        join([element("span", sign, aria_hidden="true"), element("span", _label(thumb["text"]))]),
        action=str(body["action_id"]),
        value=str(thumb["value"]),
        look="thumb",
        label=str(thumb.get("accessibility_label", "")),
    )


def _press(content: Html, *, action: str, value: str, look: str, label: str) -> Html:
    return element(
        "button",
        content,
        type="button",
        class_=f"press {look}",
        aria_label=label or False,
        data_action=action,
        data_value=value,
    )


def _menu(body: Block, options: Sequence[Html], *, placeholder: str) -> Html:
    """Returns a menu that acts as soon as an option is chosen; a placeholder is not an option."""
    nothing = element("option", placeholder, value="", selected=True, disabled=True) if placeholder else NOTHING
    about = placeholder or _label(body["options"][0]["text"])
    action = str(body["action_id"])
    return element("select", nothing, *options, class_="press plain", data_action=action, aria_label=about)


def _person(id: str, name: str) -> Html:
    return element("option", name, value=id)


# Rich text


def _rich_text(block: Block, names: Names) -> Html:
    return element("div", *(_rich_part(part, names) for part in block["elements"]), class_="rich-text")


def _rich_part(part: Block, names: Names) -> Html:
    match part.get("type"):
        case "rich_text_list":
            items = [element("li", _leaves(item, names)) for item in part["elements"]]
            return element("ol" if part.get("style") == "ordered" else "ul", *items)
        case "rich_text_quote":
            return element("blockquote", _leaves(part, names))
        case "rich_text_preformatted":
            return element("pre", element("code", _leaves(part, names)))
        case "rich_text_section":
            return element("p", _leaves(part, names))
    return _not_shown(part, names)


def _leaves(part: Block, names: Names) -> Html:
    return join(_leaf(leaf, names) for leaf in part["elements"])


def _leaf(leaf: Block, names: Names) -> Html:
    match leaf.get("type"):
        case "text":
            return _styled(_with_breaks(str(leaf["text"])), leaf.get("style", {}))
        case "link":
            return link(str(leaf["url"]), str(leaf.get("text") or leaf["url"]))
        case "user":
            return mention(f"@{names.person(str(leaf['user_id']))}")
        case "channel":
            return mention(f"#{names.channel(str(leaf['channel_id']))}")
        case "broadcast":
            return mention(f"@{leaf['range']}")
        case "emoji":
            return emoji(str(leaf["name"]))
        case "date":
            return local_time(str(leaf["timestamp"]), str(leaf["format"]), str(leaf["fallback"]))
    return escaped(str(leaf.get("text", "")))


def _with_breaks(text: str) -> Html:
    return Html(LINE_BREAK.join(escaped(line) for line in text.split("\n")))


def _styled(text: Html, style: Mapping[str, bool]) -> Html:
    for name, tag in (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s")):
        text = element(tag, text) if style.get(name) else text
    return text


# Forms


def render_form(blocks: Iterable[Block], errors: Mapping[str, str], names: Names) -> Html:
    """Returns the blocks of a modal; `errors` are the app's messages about fields, by block id."""
    return join(
        _input(block, errors.get(str(block.get("block_id")), ""), names)
        if block.get("type") == "input"
        else render_blocks([block], names)
        for block in blocks
    )


def _input(block: Block, error: str, names: Names) -> Html:
    field = f"field-{block['element']['action_id']}"
    notes = [
        element("p", _label(block["hint"]), class_="hint", id=f"{field}-hint") if "hint" in block else NOTHING,
        element("p", error, class_="error", id=f"{field}-error") if error else NOTHING,
    ]
    described = [f"{field}-hint"] * ("hint" in block) + [f"{field}-error"] * bool(error)
    label = element("label", _label(block["label"]), for_=field)
    filled_in = _field(block, field, " ".join(described), names, bad=bool(error))
    return element("div", label, filled_in, *notes, class_="input")


def _field(block: Block, field: str, described: str, names: Names, *, bad: bool) -> Html:
    body = block["element"]
    attributes: dict[str, str | bool] = {
        "id": field,
        "name": str(body["action_id"]),
        "required": not block.get("optional", False),
        "aria_describedby": described or False,
        "aria_invalid": "true" if bad else False,
    }
    match body.get("type"):
        case "plain_text_input":
            return _typed(body, attributes)
        case "static_select" | "radio_buttons":
            chosen = body.get("initial_option")
            return element("select", *(_option(one, chosen) for one in body["options"]), **attributes)
        case "users_select":
            chosen = body.get("initial_user")
            people = [(id, name) for id, name in names.people.items() if id not in names.bots]
            options = (element("option", name, value=id, selected=id == chosen) for id, name in people)
            return element("select", element("option", "", value=""), *options, **attributes)
        case "checkboxes":
            return join(_tick(one, attributes) for one in body["options"])
    return element("p", f"[{body.get('type')} is not shown here]", class_="not-shown")


def _typed(body: Block, attributes: dict[str, str | bool]) -> Html:
    start = str(body.get("initial_value", ""))
    attributes["maxlength"] = str(body.get("max_length", 3000))
    attributes["placeholder"] = _label(body.get("placeholder", {})) or False
    if body.get("multiline"):
        return element("textarea", start, rows="4", **attributes)
    return element("input", type="text", value=start, **attributes)


def _tick(option: Block, attributes: dict[str, str | bool]) -> Html:
    box = element("input", type="checkbox", value=str(option["value"]), **{**attributes, "id": False})
    return element("label", box, " ", _label(option["text"]), class_="tick")


def _option(option: Block, chosen: Block | None) -> Html:
    return element("option", _label(option["text"]), value=str(option["value"]), selected=option == chosen)


# Tables and attachments


def _table(block: Block, names: Names) -> Html:
    rows = [[_cell(cell, names) for cell in row] for row in block.get("rows", ())]
    if not rows:
        return NOTHING
    head, *body = rows
    return element(
        "table",
        element("thead", element("tr", *(element("th", cell) for cell in head))),
        element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in body)),
    )


def _cell(cell: Block, names: Names) -> Html:
    if cell.get("type") != "rich_text":
        return escaped(str(cell.get("text", "")))
    return join(_leaves(part, names) for part in cell.get("elements", ()))


def render_attachments(attachments: Iterable[Block], names: Names) -> Html:
    """Returns the attachments of a message: forwarded messages, pasted tables, previews of links."""
    return join(_attachment(one, names) for one in attachments)


def _attachment(attachment: Block, names: Names) -> Html:
    blocks = render_blocks(attachment.get("blocks", ()), names)
    author, text = str(attachment.get("author_name") or ""), str(attachment.get("text") or "")
    if not (author or text):
        return blocks
    parts = [element("strong", author)] if author else []
    parts += [mrkdwn(text, names)] if text else []
    return element("blockquote", *parts, blocks)


_BLOCKS: dict[str, Callable[[Block, Names], Html]] = {
    "actions": _actions,
    "context": _context,
    "context_actions": _actions,
    "divider": _divider,
    "header": _header,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "section": _section,
    "table": _table,
}


def summary(text: str, names: Names) -> str:
    """Returns the `text` of a message in one line and without markup, for a screen reader."""
    return html.unescape(re.sub(r"<[^>]*>", "", inline(" ".join(text.split()), names)))

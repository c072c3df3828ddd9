"""Renders Adaptive Cards and the text of messages in Teams as HTML, by pure functions (adaptivecards.io/explorer).

Only elements that this bot uses are rendered; for any other the page says that it is not shown.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sandbox.demo.block_html import render_markdown
from sandbox.demo.html import LINE_BREAK, NOTHING, Html, element, escaped
from sandbox.demo.mrkdwn_html import link, local_time, mention

Node = Mapping[str, Any]

_MENTION = re.compile(r"&lt;at&gt;(.*?)&lt;/at&gt;")
_TYPED_MENTION = re.compile(r"<at>(.*?)</at>")
_TIME = re.compile(r"\{\{(DATE|TIME)\(([^,)]+)[^)]*\)\}\}")


# Text


def render_text(text: str) -> Html:
    """Returns the Markdown of the bot as HTML, with mentions, and with local times for `{{DATE(…)}}`."""
    named = _MENTION.sub(lambda match: mention(f"@{html.unescape(match[1])}"), render_markdown(text))
    return Html(_TIME.sub(_time, named))


def render_typed(text: str) -> Html:
    """Returns the text that a person typed, which has entities already, as HTML."""
    parts = _TYPED_MENTION.split(html.unescape(text))
    written = [mention(f"@{part}") if index % 2 else _with_breaks(part) for index, part in enumerate(parts)]
    return element("p", *written)


def _time(match: re.Match[str]) -> str:
    try:
        moment = datetime.fromisoformat(match[2].strip())
    except ValueError:
        return match[0]
    return local_time(str(int(moment.timestamp())), "{date}" if match[1] == "DATE" else "{time}", match[2])


def _with_breaks(text: str) -> Html:
    return Html(LINE_BREAK.join(escaped(line) for line in text.split("\n")))


# Cards


def render_card(card: Node) -> Html:
    """Returns a card with its buttons and inputs. The page collects inputs from the cards around a button."""
    return element("div", *_elements(card.get("body")), _actions(card), class_="adaptive")


def _elements(nodes: Iterable[Node] | None) -> list[Html]:
    return [_element(node) for node in nodes or ()]


def _element(node: Node) -> Html:
    render = _ELEMENTS.get(str(node.get("type")))
    if node.get("isVisible") is False:
        return NOTHING
    return render(node) if render else element("p", f"[{node.get('type')} is not shown here]", class_="not-shown")


def _text_block(node: Node) -> Html:
    large = str(node.get("size", "")).lower() in ("large", "extralarge") or node.get("style") == "heading"
    bold = str(node.get("weight", "")).lower() == "bolder"
    looks = [("header", large), ("strong", bold), ("about", bool(node.get("isSubtle")))]
    return element("div", render_text(str(node["text"])), class_=" ".join(look for look, has in looks if has) or False)


def _fact_set(node: Node) -> Html:
    rows = [
        element("div", element("dt", str(fact["title"])), element("dd", render_text(str(fact["value"]))))
        for fact in node["facts"]
    ]
    return element("dl", *rows, class_="pairs")


def _container(node: Node) -> Html:
    style = str(node.get("style", "default")).lower()
    return element("div", *_elements(node.get("items")), class_=f"box is-{style}")


def _column_set(node: Node) -> Html:
    columns = [element("div", *_elements(column.get("items"))) for column in node.get("columns", ())]
    return element("div", *columns, class_="columns")


def _rich_text(node: Node) -> Html:
    return element("p", *(_run(run) for run in node["inlines"]))


def _run(run: Any) -> Html:
    if isinstance(run, str):
        return _with_breaks(run)
    shown = _with_breaks(str(run["text"]))
    for name, tag in (("italic", "em"), ("strikethrough", "s"), ("underline", "u")):
        shown = element(tag, shown) if run.get(name) else shown
    return element("strong", shown) if str(run.get("weight", "")).lower() == "bolder" else shown


def _table(node: Node) -> Html:
    rows = [
        element("tr", *(element("td", *_elements(cell.get("items"))) for cell in row.get("cells", ())))
        for row in node.get("rows", ())
    ]
    return element("table", *rows)


# Inputs


def _input(node: Node, field: Html) -> Html:
    label = element("span", str(node["label"])) if node.get("label") else NOTHING
    return element("label", label, field, class_="input")


def _text_input(node: Node) -> Html:
    more: dict[str, str | bool] = {
        "data_input": str(node["id"]),
        "placeholder": str(node.get("placeholder", "")),
        "required": bool(node.get("isRequired")),
        "maxlength": str(node["maxLength"]) if "maxLength" in node else False,
    }
    value = str(node.get("value", ""))
    if node.get("isMultiline"):
        return _input(node, element("textarea", value, rows="3", **more))
    return _input(node, element("input", type="text", value=value, **more))


def _choice_set(node: Node) -> Html:
    chosen = str(node.get("value", "")).split(",")
    nothing = element("option", str(node.get("placeholder", "")), value="")
    options = [
        element("option", str(one["title"]), value=str(one["value"]), selected=str(one["value"]) in chosen)
        for one in node.get("choices", ())
    ]
    several, required = bool(node.get("isMultiSelect")), bool(node.get("isRequired"))
    offered = options if several or chosen != [""] else [nothing, *options]
    return _input(node, element("select", *offered, data_input=str(node["id"]), multiple=several, required=required))


def _toggle(node: Node) -> Html:
    on, off = str(node.get("valueOn", "true")), str(node.get("valueOff", "false"))
    box = element(
        "input",
        type="checkbox",
        data_input=str(node["id"]),
        data_on=on,
        data_off=off,
        checked=node.get("value") == on,
    )
    return element("label", box, str(node["title"]), class_="input")


# Buttons


def _actions(node: Node) -> Html:
    shown = [_action(action) for action in node.get("actions") or ()]
    return element("div", *shown, class_="actions") if shown else NOTHING


def _action(action: Node) -> Html:
    title = str(action.get("title", ""))
    match action["type"]:
        case "Action.OpenUrl":
            return link(str(action["url"]), title)
        case "Action.ShowCard":
            return element("details", element("summary", title, class_="press plain"), render_card(action["card"]))
    styles = {"positive": "primary", "destructive": "danger"}
    return element(
        "button",
        title,
        type="button",
        class_=f"press {styles.get(str(action.get('style')), 'plain')}",
        disabled=action.get("isEnabled") is False,
        title=str(action.get("tooltip", "")) or False,
        data_verb=str(action.get("verb") or title),
        data_where=json.dumps(action.get("data") or {}),
    )


_ELEMENTS: dict[str, Callable[[Node], Html]] = {
    "ActionSet": _actions,
    "ColumnSet": _column_set,
    "Container": _container,
    "FactSet": _fact_set,
    "Input.ChoiceSet": _choice_set,
    "Input.Text": _text_input,
    "Input.Toggle": _toggle,
    "RichTextBlock": _rich_text,
    "Table": _table,
    "TextBlock": _text_block,
}

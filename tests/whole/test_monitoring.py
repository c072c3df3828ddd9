"""The dashboard and the alert rules in `deploy/monitoring`, held against the metrics of a running bot."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from sandbox.uppzy import Endpoint, replying
from sandbox.world import LocalWorld
from tests.deadlines import HUNG
from tests.whole.scene import CONFIDENT, Scene

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
# Labels and series that Prometheus itself adds.
ADDED = {"job", "instance"}
OF_PROMETHEUS = {"up"}

Series = Mapping[str, Mapping[str, set[str]]]


@pytest.fixture
async def series(world: LocalWorld) -> Series:
    """The metrics of a bot in Socket Mode that has asked Uppzy twice: their labels, with the values seen."""
    world.settings = world.settings.model_copy(update={"slack_app_token": SecretStr(world.slack.app_token)})
    world.uppzy.fail(Endpoint.CHAT, replying(503))
    async with world.bot() as bot:
        await Scene(world, bot).ask(CONFIDENT)
        return _labels(await _page(bot.url))


async def _page(url: str) -> str:
    async with asyncio.timeout(HUNG), aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
        return await response.text()


def _labels(page: str) -> Series:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = found[sample.name]
            for name, value in sample.labels.items():
                labels[name].add(value)
    return found


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "uppzy-desk.rules.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets() -> Iterator[tuple[str, dict[str, str]]]:
    """Yields the queries of all panels with the title of their panel. Their interval is one that Grafana puts in."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], {**target, "expr": target["expr"].replace("$__rate_interval", "5m")}


def expressions() -> Iterator[tuple[str, str]]:
    """Yields the expressions of alerts and panels with their name."""
    for alert in alerts():
        yield alert["alert"], alert["expr"]
    for panel, target in targets():
        yield panel, target["expr"]


def parts(expression: str) -> list[promql.Expr]:
    """Returns an expression and all in it. Raises ValueError if it is none."""
    found: list[promql.Expr] = []
    promql.walk(promql.parse(expression), pre_visit=found.append)
    return found


def selectors(expression: str) -> list[promql.VectorSelector]:
    found = parts(expression)
    ranges = [part.vector_selector for part in found if isinstance(part, promql.MatrixSelector)]
    return [*(part for part in found if isinstance(part, promql.VectorSelector)), *ranges]


def grouped_by(expression: str) -> set[str]:
    """Returns the labels by which an expression aggregates."""
    aggregates = [part for part in parts(expression) if isinstance(part, promql.AggregateExpr)]
    return {label for part in aggregates if part.modifier for label in part.modifier.labels}


def test_every_metric_and_label_is_one_of_a_running_bot(series: Series) -> None:
    unknown = []
    for name, expression in expressions():
        known: set[str] = set()
        for selector in selectors(expression):
            metric = str(selector.name)
            if metric in OF_PROMETHEUS:
                continue
            known |= set(series.get(metric, ())) | ADDED
            if metric not in series:
                unknown.append(f"{name}: {metric}")
            for matcher in selector.matchers.matchers:
                unknown += _unknown_in(matcher, name, series.get(metric, {}))
        unknown += [f"{name}: by {label}" for label in grouped_by(expression) - known]

    assert unknown == []


def _unknown_in(matcher: promql.Matcher, name: str, labels: Mapping[str, set[str]]) -> list[str]:
    """Returns the label of a matcher that the metric does not have, or its value that the label does not take."""
    if matcher.name in ADDED:
        return []
    is_known = matcher.name in labels and (matcher.op != promql.MatchOp.Equal or matcher.value in labels[matcher.name])
    return [] if is_known else [f"{name}: {matcher}"]


def test_every_label_that_a_text_quotes_is_left_by_its_expression() -> None:
    wrong = []
    for alert in alerts():
        text = json.dumps(alert["annotations"])
        quoted = set(re.findall(r"\$labels\.(\w+)", text))
        is_plain = not grouped_by(alert["expr"]) and "(" not in alert["expr"]
        wrong += [f"{alert['alert']}: {label}" for label in quoted - grouped_by(alert["expr"]) if not is_plain]
    for panel, target in targets():
        quoted = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        wrong += [f"{panel}: {label}" for label in quoted - (grouped_by(target["expr"]) or ADDED)]

    assert wrong == []


def test_every_metric_of_the_desk_is_watched(series: Series) -> None:
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in series if name.startswith("uppzy_desk_")}
    shown = {str(selector.name) for _, expression in expressions() for selector in selectors(expression)}

    assert ours - {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown} == set()


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    assert len(alerts()) > 10
    for alert in alerts():
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}
        assert alert["annotations"].keys() == {"summary", "description"}


def test_the_panels_do_not_cover_each_other() -> None:
    cells = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_prometheus_is_told_the_file_and_the_job_of_the_rules() -> None:
    told = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))

    assert all((MONITORING / name).is_file() for name in told["rule_files"])
    assert {f'job="{one["job_name"]}"' for one in told["scrape_configs"]} == {'job="uppzy-desk"'}
    assert 'up{job="uppzy-desk"}' in {expression.partition(" ")[0] for _, expression in expressions()}

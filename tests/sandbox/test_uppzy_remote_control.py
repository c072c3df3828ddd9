"""Remote control of the local Uppzy by another process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from sandbox.uppzy import LocalUppzy
from tests.bench.remote_control import ControlledUppzy


async def test_questions_are_listed_with_the_time_each_answer_was_sent() -> None:
    async with ControlledUppzy(fixed="Yes.") as uppzy, _caller(uppzy) as http:
        await http.post("sandbox/latency", json={"seconds": 60.0})
        asking = asyncio.create_task(_ask(http, uppzy, "Slowly?"))
        await uppzy.wait_for(lambda: len(uppzy.asked) == 1)
        await http.post("sandbox/latency", json={"seconds": 0.0})
        await _ask(http, uppzy, "Quickly?")

        assert await _seen(http, "sandbox/counts") == {"asked": 2, "waiting": 1}
        slowly, quickly = await _seen(http, "sandbox/questions")
        assert slowly == {"message": "Slowly?", "answered_at": None}
        assert quickly["answered_at"] == uppzy.completed_at(uppzy.asked[1].request_id)
        asking.cancel()


async def test_answers_are_held_back_until_released() -> None:
    async with ControlledUppzy(fixed="Yes.") as uppzy, _caller(uppzy) as http:
        await http.post("sandbox/hold")
        asking = asyncio.create_task(_ask(http, uppzy, "Held?"))
        await uppzy.wait_for(lambda: len(uppzy.asked) == 1)
        assert await _seen(http, "sandbox/counts") == {"asked": 1, "waiting": 1}

        await http.post("sandbox/release")
        await asking

        assert await _seen(http, "sandbox/counts") == {"asked": 1, "waiting": 0}


async def test_the_most_questions_that_wait_are_told_when_there_are_enough_or_no_more_come() -> None:
    async with ControlledUppzy(fixed="Yes.") as uppzy, _caller(uppzy) as http:
        await http.post("sandbox/hold")
        enough = asyncio.create_task(_seen(http, "sandbox/most_waiting?wanted=2&quiet=60"))
        asking = [asyncio.create_task(_ask(http, uppzy, message)) for message in ("First?", "Second?")]

        assert await enough == {"most": 2}
        assert await _seen(http, "sandbox/most_waiting?wanted=3&quiet=0.01") == {"most": 2}
        await http.post("sandbox/release")
        await asyncio.gather(*asking)


def _caller(uppzy: LocalUppzy) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=uppzy.base_url.removesuffix("/api/v1"), headers={"X-API-Key": uppzy.api_key})


async def _ask(http: httpx.AsyncClient, uppzy: LocalUppzy, message: str) -> None:
    body = {"session_id": message, "message": message}
    (await http.post(f"api/v1/m2m/sites/{uppzy.site_id}/chat", json=body)).raise_for_status()


async def _seen(http: httpx.AsyncClient, path: str) -> Any:
    return (await http.get(path)).json()

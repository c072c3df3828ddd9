"""A local Uppzy: an honest stand-in that speaks Uppzy's documented HTTP API on loopback.

It answers from a small set of help articles, keeps what it was asked for tests to look at, and fails on request.
What Uppzy's documentation leaves open is a switch in `Stances`; nothing here claims to know how Uppzy decides it.
"""

from sandbox.uppzy.core import AskedQuestion, ReceivedFeedback
from sandbox.uppzy.fault_injection import (
    Endpoint,
    Fault,
    dropped,
    empty,
    lacking,
    malformed,
    rate_limited,
    refused_by_plan,
    replying,
    slow,
)
from sandbox.uppzy.server import LocalUppzy, believable_latency
from sandbox.uppzy.stances import RequestIds, Stances

__all__ = [
    "AskedQuestion",
    "Endpoint",
    "Fault",
    "LocalUppzy",
    "ReceivedFeedback",
    "RequestIds",
    "Stances",
    "believable_latency",
    "dropped",
    "empty",
    "lacking",
    "malformed",
    "rate_limited",
    "refused_by_plan",
    "replying",
    "slow",
]

"""A local Uppzy: a stand-in that serves Uppzy's documented HTTP API on loopback.

It answers from a small set of help articles, records requests for tests, and fails on demand. Every point that Uppzy's
documentation leaves open is a switch in `Behaviour`; the defaults are guesses.
"""

from sandbox.uppzy.behaviour import Behaviour, RequestIds
from sandbox.uppzy.fault_injection import (
    Endpoint,
    UppzyFault,
    dropped,
    empty,
    lacking,
    malformed,
    rate_limited,
    refused_by_plan,
    replying,
    slow,
)
from sandbox.uppzy.server import LocalUppzy, UppzyAccount, believable_latency
from sandbox.uppzy.site import AskedQuestion, QaDocument, ReceivedFeedback

__all__ = [
    "AskedQuestion",
    "Behaviour",
    "Endpoint",
    "LocalUppzy",
    "QaDocument",
    "ReceivedFeedback",
    "RequestIds",
    "UppzyAccount",
    "UppzyFault",
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

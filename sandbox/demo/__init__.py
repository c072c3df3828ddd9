"""The demo: the real bot between a local Slack and a local Uppzy, played from a page in the browser."""

from sandbox.demo.server import demo

__all__ = ["demo"]

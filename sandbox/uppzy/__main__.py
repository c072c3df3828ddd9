"""Runs the local Uppzy on its own: `python -m sandbox.uppzy --port 8080 --latency 5`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import signal
import sys

from sandbox.uppzy.server import LocalUppzy, believable_latency

CANNED = "This is the fixed answer of the local Uppzy."


def main() -> None:
    """Serve until interrupted, and say where."""
    options = _options()
    _allow_many_connections()
    # Ctrl-C is the usual way to end it.
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    uppzy = LocalUppzy(
        api_key=options.api_key,
        tenant_id=options.tenant_id,
        site_id=options.site_id,
        latency=believable_latency if options.latency is None else options.latency,
        fixed=CANNED if options.fixed else None,
        port=options.port,
    )
    async with uppzy:
        sys.stdout.write(f"Local Uppzy listens on {uppzy.base_url}\n")
        sys.stdout.flush()
        await _interrupted()


async def _interrupted() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.uppzy", description="A local Uppzy on loopback.")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--latency", type=float, help="seconds an answer takes; default: between 0.6 and 1.5")
    parser.add_argument("--fixed", action="store_true", help="give one canned answer to everything, and quickly")
    parser.add_argument("--api-key", default="local-uppzy-key")
    parser.add_argument("--tenant-id", default="tenant-local")
    parser.add_argument("--site-id", default="site-local")
    return parser.parse_args()


def _allow_many_connections() -> None:
    # Every waiting question is an open connection, and the usual soft limit is 1,024 files.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()

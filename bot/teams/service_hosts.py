"""The hosts on which Teams can be called: the desk's token is sent to no other. Pure."""

from __future__ import annotations

import re

DEFAULT_HOSTS = frozenset(
    {
        "smba.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
    }
)
"""The connector of Teams: public cloud, GCC, GCC High, DoD.

Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
"""

DEFAULT_DOMAINS = (".botframework.com", ".botframework.azure.us", ".botframework.azure.cn")
"""Domains all of whose hosts are Microsoft's connector."""

# No user, no query, and nothing that programs read in different ways.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?P<port>:\d{1,5})?(?:/[\w.~%/-]*)?",
    re.ASCII,
)


class ServiceHosts:
    """The allowed hosts: Microsoft's over https, and `own` ones, such as a stand-in's, over http too, on any port."""

    def __init__(self, own: frozenset[str] = frozenset()) -> None:
        self._own = frozenset(host.lower() for host in own)

    def allow(self, service_url: object) -> bool:
        """Returns whether the desk's token may be sent to this address."""
        parts = _URL.fullmatch(service_url) if isinstance(service_url, str) else None
        if parts is None:
            return False
        host = parts["host"].lower()
        if host in self._own:
            return True
        is_microsofts = host in DEFAULT_HOSTS or host.endswith(DEFAULT_DOMAINS)
        return is_microsofts and parts["scheme"] == "https" and parts["port"] in (None, ":443")

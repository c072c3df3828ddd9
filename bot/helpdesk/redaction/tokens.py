"""Keys and tokens that give themselves away by how they look: prefixes, JWTs, authorization headers, addresses."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind

# Every pattern starts with a fixed text where it can, which makes the search fast, and ends in a run that takes all
# of the token, so that it runs in linear time. A group named `secret` says what goes; otherwise all of it goes.
_LOOKS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.TOKEN, r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9%+/=_-]{8,}"),  # Slack
        (Kind.TOKEN, r"xapp-[A-Za-z0-9-]{8,}"),  # Slack, app level
        (Kind.TOKEN, r"xwfp-[A-Za-z0-9-]{8,}"),  # Slack workflows
        (Kind.TOKEN, r"gh[oprsu]_[A-Za-z0-9_.-]{16,}"),  # GitHub
        (Kind.TOKEN, r"github_pat_[A-Za-z0-9_]{16,}"),
        (Kind.TOKEN, r"gl(?:pat|dt|rtr?|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_.-]{16,}"),  # GitLab
        (Kind.TOKEN, r"GR1348941[A-Za-z0-9_-]{16,}"),
        (
            Kind.API_KEY,
            r"A(?:[KS]I|BI|CC)A[A-Z0-9]{12,}(?:[ \t,;:|]{1,5}[A-Za-z0-9/+]{40})?",
        ),  # AWS, with the secret beside it
        (Kind.API_KEY, r"AIza[A-Za-z0-9_-]{20,}"),  # Google
        (Kind.TOKEN, r"ya29\.[A-Za-z0-9_.-]{10,}"),
        (Kind.TOKEN, r"1//0[A-Za-z0-9_-]{20,}"),
        (Kind.API_KEY, r"GOCSPX-[A-Za-z0-9_-]{16,}"),
        (Kind.API_KEY, r"(?<![A-Za-z0-9])[rs]k_(?:live|test|prod)_[A-Za-z0-9]{8,}"),  # Stripe
        (Kind.API_KEY, r"whsec_[A-Za-z0-9+/=_-]{16,}"),  # signed webhooks
        (Kind.API_KEY, r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic
        (Kind.API_KEY, r"(?<![A-Za-z0-9])sk-(?:ant|proj|svcacct|or|admin)-[A-Za-z0-9_-]{16,}"),
        (Kind.API_KEY, r"(?<![A-Za-z0-9])sk-[A-Za-z0-9]{32,}"),
        (Kind.API_KEY, r"SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}"),  # SendGrid
        (Kind.TOKEN, r"npm_[A-Za-z0-9]{20,}"),
        (Kind.TOKEN, r"pypi-(?:AgE[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{40,})"),
        (Kind.TOKEN, r"pat-[a-z]{2}[0-9]?-[0-9A-Fa-f-]{20,}"),  # HubSpot
        (Kind.TOKEN, r"pat[A-Za-z0-9]{14}\.[0-9a-f]{32,}"),  # Airtable
        (Kind.API_KEY, r"(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/=%]{8,})"),  # Azure
        (Kind.API_KEY, r"[?&;](?:amp;)?(?:sig|X-Amz-(?:Signature|Security-Token))=(?P<secret>[\w%+/=-]{16,})"),
        (Kind.API_KEY, r"[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{24,}"),  # Microsoft Entra client secret
        (Kind.TOKEN, r"eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*)*"),  # JWT
        (Kind.TOKEN, r"ATATT3[A-Za-z0-9_=-]{16,}"),  # Atlassian
        (Kind.TOKEN, r"do[opr]_v1_[a-f0-9]{16,}"),  # DigitalOcean
        (Kind.TOKEN, r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}"),  # Shopify
        (Kind.TOKEN, r"(?:secret|ntn)_[A-Za-z0-9]{40,}"),  # Notion
        (Kind.TOKEN, r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),  # Vault
        (Kind.TOKEN, r"dapi[a-f0-9]{32}"),  # Databricks
        (Kind.TOKEN, r"hf_[A-Za-z0-9]{20,}"),  # Hugging Face
        (Kind.TOKEN, r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}"),  # Docker
        (Kind.TOKEN, r"gl(?:sa|c)_[A-Za-z0-9_=+/-]{20,}"),  # Grafana
        (Kind.TOKEN, r"lin_(?:api|oauth)_[A-Za-z0-9]{16,}"),  # Linear
        (Kind.TOKEN, r"NRAK-[A-Z0-9]{20,}"),  # New Relic
        (Kind.TOKEN, r"PMAK-[a-f0-9]{20,}(?:-[a-f0-9]+)?"),  # Postman
        (Kind.TOKEN, r"rubygems_[a-f0-9]{32,}"),
        (Kind.TOKEN, r"sntry[su]_[A-Za-z0-9_=+/-]{20,}"),  # Sentry
        (Kind.TOKEN, r"(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}"),  # Telegram
        (Kind.API_KEY, r"(?<![A-Za-z0-9])key-[0-9a-f]{32}"),  # Mailgun
        (Kind.API_KEY, r"(?<![A-Za-z0-9])SK[0-9a-f]{32}"),  # Twilio
        (Kind.WEBHOOK, r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]+)"),
        (Kind.WEBHOOK, r"\.webhook\.office\.com/(?P<secret>[A-Za-z0-9/_@-]{16,})"),
        (Kind.WEBHOOK, r"discord(?:app)?\.com/api/webhooks/(?P<secret>[A-Za-z0-9/_-]{16,})"),
        (Kind.WEBHOOK, r"chat\.googleapis\.com/v1/spaces/(?P<secret>[^\s<>|\"'`]{16,})"),
        # Passwords in addresses; what follows a colon as a port number does is none.
        (Kind.PASSWORD, r"://[^\s/:@<>|]{0,128}:(?![0-9]{1,5}(?:[/?#\s<>|]|$))(?P<secret>[^\s<>|\"]{1,256})@"),
        (Kind.TOKEN, r"://(?P<secret>[A-Za-z0-9_-]{20,128})@"),
    )
)

_SCHEME = r"(?:bearer|basic|token|digest|api-?key|negotiate|ssws|splunk|aws4-hmac-sha256)"
_HEADER = re.compile(
    r"authorization[\"'\\]{0,3}[ \t]{0,3}[:=][ \t]{0,3}[\"'\\]{0,3}"
    rf"(?:{_SCHEME}[ \t]{{1,3}}(?P<secret>[^\s\"'`\\]{{3,}})"
    r"|(?P<bare>(?=[^\s\"'`\\0-9]{0,64}[0-9])[^\s\"'`\\]{8,}))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"bearer[ \t]{1,3}([A-Za-z0-9._~+/=-]{10,})", re.IGNORECASE)
_BASIC = re.compile(r"basic[ \t]{1,3}([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE)
_COOKIE = re.compile(r"cookie2?:[ \t]{0,3}((?=[\w.-]{1,64}=)[^\n\x1e]+)", re.IGNORECASE)
_LONG = 24


def tokens(text: str) -> Iterator[Finding]:
    """What is a key or token by its looks alone, whatever the words around it."""
    for kind, look in _LOOKS:
        for match in look.finditer(text):
            yield _finding(kind, match, "secret" if look.groups else 0)


def authorizations(text: str) -> Iterator[Finding]:
    """What proves an identity in an HTTP request: authorization headers, their values on their own, cookies."""
    for match in _HEADER.finditer(text):
        yield _finding(Kind.TOKEN, match, "secret" if match["secret"] else "bare")
    for match in _BEARER.finditer(text):
        if len(match[1]) >= _LONG or any(character.isdigit() for character in match[1]):
            yield _finding(Kind.TOKEN, match, 1)
    for match in _BASIC.finditer(text):
        if _is_pair(match[1]):
            yield _finding(Kind.PASSWORD, match, 1)
    for match in _COOKIE.finditer(text):
        yield _finding(Kind.TOKEN, match, 1)


def _is_pair(encoded: str) -> bool:
    """Whether this is a user name and a password, as RFC 7617 encodes them."""
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in pair and pair.isprintable()


def _finding(kind: Kind, match: re.Match[str], group: int | str) -> Finding:
    start, end = match.span(group)
    return Finding(kind=kind, start=start, end=end)

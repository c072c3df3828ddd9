"""Secrets in web addresses and connection strings: passwords of users, signed and magic links, webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.plausibility import looks_random, looks_secret

# Addresses to which anybody can post or call: the rest of the address is the only secret.
_HOOKS = r"""
hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/
\.webhook\.office\.com/
outlook\.office(?:365)?\.com/webhook/
discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/
chat\.googleapis\.com/v1/spaces/
hooks\.zapier\.com/hooks/
hooks?\.(?:[a-z0-9]+\.)?(?:make\.com|integromat\.com)/
maker\.ifttt\.com/(?:trigger|use)/
automation\.atlassian\.com/pro/hooks/
api-private\.atlassian\.com/automation/webhooks/
webexapis\.com/v1/webhooks/incoming/
api\.telegram\.org/(?:file/)?bot
events\.pagerduty\.com/(?:integration|v2/webhooks)/
open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/
oapi\.dingtalk\.com/robot/send\?
qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?
hc-ping\.com/
\.tines\.com/webhook/
cloud\.activepieces\.com/api/v1/webhooks/
api\.opsgenie\.com/v1/json/integrations/webhooks/
alert\.victorops\.com/integrations/generic/
/hooks/(?=[a-z0-9]{26}(?![a-z0-9]))
/(?:webhook|webhook-test|webhooks|hooks|incoming-webhook)/(?=[A-Za-z0-9/_-]{0,60}[0-9a-f]{8}-[0-9a-f]{4}-)
/(?:webhook|webhooks|hooks|incoming-webhook)/(?=[A-Za-z0-9/_-]{0,40}[A-Za-z0-9]{24})
""".split()
_HOOK_HINTS = ("hook", "googleapis", "ifttt", "telegram", "pagerduty", "dingtalk", "weixin", "hc-ping", "victorops")
_HOOK = re.compile(rf"(?:{'|'.join(_HOOKS)})(?P<secret>[^\s<>|\"'`)\]]{{4,}})", re.IGNORECASE)

# A port number after the colon is no password.
_USERINFO = re.compile(
    r"://[^\s/:@<>|]{0,128}:(?![0-9]{1,5}(?:[/?#\s<>|]|$))(?P<secret>[^\s<>|\"]{1,256})@", re.IGNORECASE
)
_USER_TOKEN = re.compile(r"://(?P<secret>[A-Za-z0-9_-]{20,128})@")
_PAIR_AT_HOST = re.compile(
    r"(?<![\w/:@.\\-])(?P<user>[A-Za-z][\w.+\\-]{0,63})[:/](?P<secret>[^\s@:/<>|]{3,128})@(?!sha\d)(?=[\w-]{1,63}[.:/])"
)
_NO_USER = frozenset(
    "mail mailto email cc bcc to from an von contact kontakt sip sips xmpp teams skype ssh git".split()
)
_ORACLE = re.compile(r"jdbc:oracle:[a-z]{2,5}:[^\s/@]{1,64}/(?P<secret>[^\s@]{1,128})@", re.IGNORECASE)

_PARAMETER = re.compile(
    r"[?&;#](?:amp;)?(?P<name>[A-Za-z][\w.-]{0,40})=(?P<secret>[^\s&;#<>|\"'`)]{4,})", re.IGNORECASE
)
_SIGNED = re.compile(
    r"sig|sign|signature|hmac|x-(?:amz|goog|ms|oss)-(?:signature|security-token)|sas|st|"
    r"key|code|auth|otp|jwt|ticket|hash|sid|session(?:_?id)?|saml(?:response|request)|state|nonce|"
    r"(?:[a-z]+[_-])?(?:token|secret|key|passw(?:or)?d|pwd|pass)|tk|tok|t|k|invite|confirm|reset|magic|share|rlkey",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"sig|signature|x-[a-z]+-(?:signature|security-token)", re.IGNORECASE)
_SHORTEST = 16

_MAGIC = re.compile(
    r"https?://[^\s<>|\"'?#]{3,200}?/(?:[a-z]{0,12}[_-])?(?:reset|pass(?:word|wort)?|magic|magic-?link|invit\w{0,7}"
    r"|verif\w{0,8}|confirm\w{0,8}|activat\w{0,4}|recover\w{0,3}|sign-?in|log-?in|auth|tokens?|one-?time|otp|sso"
    r"|unlock|onboard\w{0,4}|secret|setup)(?:[_-](?:password|link|email|account|token|reset))?/(?:[a-z0-9]{1,8}/){0,2}"
    r"(?P<secret>[A-Za-z0-9_.~%=-]{16,})",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def urls(text: str) -> Iterator[SecretFinding]:
    """Finds the parts of addresses that give access by themselves."""
    if "/" not in text and "=" not in text and "@" not in text:
        return
    if any(hint in text.lower() for hint in _HOOK_HINTS):
        for match in _HOOK.finditer(text):
            yield _finding(Kind.WEBHOOK, match)
    yield from _user_infos(text)
    for match in _PARAMETER.finditer(text):
        if _SIGNED.fullmatch(match["name"]) and _is_signature(match["name"], match["secret"]):
            yield _finding(Kind.API_KEY, match)
    for match in _MAGIC.finditer(text):
        if looks_random(match["secret"]) or _UUID.search(match["secret"]):
            yield _finding(Kind.TOKEN, match)


def _user_infos(text: str) -> Iterator[SecretFinding]:
    for match in (*_USERINFO.finditer(text), *_ORACLE.finditer(text)):
        yield _finding(Kind.PASSWORD, match)
    for match in _USER_TOKEN.finditer(text):
        yield _finding(Kind.TOKEN, match)
    for match in _PAIR_AT_HOST.finditer(text):
        if match["user"].lower() not in _NO_USER and looks_secret(match["secret"]):
            yield _finding(Kind.PASSWORD, match)


def _is_signature(name: str, value: str) -> bool:
    if len(value) < _SHORTEST:
        return False
    return bool(_ALWAYS.fullmatch(name)) or looks_random(value) or bool(_UUID.search(value))


def _finding(kind: Kind, match: re.Match[str]) -> SecretFinding:
    start, end = match.span("secret")
    return SecretFinding(kind=kind, start=start, end=end)

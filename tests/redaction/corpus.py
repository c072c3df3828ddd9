"""The corpus: secrets in the ways people paste them, and look-alikes, from one seed."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.redaction.shapes import ADDRESSES, LOOK_ALIKES, MADE, TOKENS, Shape, filled, private_key

SEED = 20261130


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with a secret: what may not be left of it, and words around it that have to stay."""

    kind: str
    way: str
    text: str
    must_go: tuple[str, ...]
    must_stay: tuple[str, ...] = ()


Way = Callable[[Shape, str, random.Random], str]

_LATER = "Thanks, and have a nice weekend!"
_ZERO_WIDTH = ("\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad")


def _json(shape: Shape, secret: str, source: random.Random) -> str:
    fields = {"environment": "prod", shape.variable.lower(): secret, "retries": 3}
    return json.dumps(fields, indent=source.choice([None, 2]))


def _zero_width(shape: Shape, secret: str, source: random.Random) -> str:
    place = source.randrange(2, len(secret) - 1)
    return f"{shape.variable}={secret[:place]}{source.choice(_ZERO_WIDTH)}{secret[place:]}"


def _curl(shape: Shape, secret: str, source: random.Random) -> str:
    header = source.choice(["Authorization: Bearer", "X-Api-Key:", "Authorization: token", "PRIVATE-TOKEN:"])
    return f"curl -s -H '{header} {secret}' https://api.example.com/v1/items | jq ."


WAYS: dict[str, Way] = {
    "inline": lambda shape, secret, _: f"Hi, my {shape.label} {secret} does not work any more, can you help?",
    "stated": lambda shape, secret, _: f"the {shape.label} is {secret} but I get error 401",
    "colon": lambda shape, secret, _: f"{shape.label}: {secret}",
    "double quotes": lambda shape, secret, _: f'I set {shape.variable} to "{secret}" yesterday',
    "code": lambda shape, secret, _: f"{shape.label} `{secret}` is refused",
    "typographic quotes": lambda shape, secret, _: f"our {shape.label}: “{secret}”, is it locked?",
    "KEY=value": lambda shape, secret, _: f"{shape.variable}={secret}",
    "export": lambda shape, secret, _: f'LOG_LEVEL=debug\nexport {shape.variable}="{secret}"\nPORT=3000',
    "JSON": _json,
    "YAML": lambda shape, secret, _: f"service:\n  replicas: 2\n  {shape.variable.lower()}: {secret}\n  region: eu",
    "curl": _curl,
    "log": lambda shape, secret, _: (
        f"2026-11-30T10:12:13Z ERROR login failed {shape.variable.lower()}={secret} code=401"
    ),
    "table": lambda shape, secret, _: (
        f"| name | value |\n|---|---|\n| {shape.variable} | {secret} |\n| LOG_LEVEL | debug |"
    ),
    "dotenv": lambda shape, secret, _: f"# staging\n{shape.variable} = '{secret}'\n",
    "PowerShell": lambda shape, secret, _: f'PS C:\\> $env:{shape.variable} = "{secret}"',
    "container": lambda shape, secret, _: f"docker run -e {shape.variable}={secret} -p 80:80 acme/app:1.4.2",
    "Kubernetes": lambda shape, secret, _: (
        f"kubectl create secret generic app --from-literal={shape.variable}={secret}"
    ),
    "XML": lambda shape, secret, _: f'<add key="{shape.variable}" value="{secret}" />',
    "TOML": lambda shape, secret, _: f'[auth]\n{shape.variable.lower()} = "{secret}"\nuser = "mia"',
    "option": lambda shape, secret, _: f"uploader --{shape.variable.lower().replace('_', '-')} {secret} --dry-run",
    "query": lambda shape, secret, _: f"GET https://api.example.com/v1/items?page=2&access_token={secret} gives 403",
    "code line": lambda shape, secret, _: f'{shape.variable.lower()} = "{secret}"  # remove before the release',
    "CSV": lambda shape, secret, _: f"name,value,owner\n{shape.variable},{secret},mia",
    "brackets": lambda shape, secret, _: f"({shape.label}: {secret})",
    "bold": lambda shape, secret, _: f"*{shape.label}:* `{secret}`",
    "entities": lambda shape, secret, _: f"{shape.variable}=&quot;{secret}&quot;",
    "own line": lambda shape, secret, _: f"this is my {shape.label}:\n{secret}",
    "zero-width": _zero_width,
}
# Ways that say nothing of the name: only shapes that are recognised by themselves can be found in them.
_NAMELESS: dict[str, Way] = {
    "alone": lambda _, secret, __: secret,
    "without a name": lambda _, secret, __: f"is {secret} still valid?",
}
# Shapes without anything of their own, which nobody can tell from an id but by the name beside them.
_PLAIN = frozenset(
    "Vultr,Azure storage,AWS secret,Cloudflare,Mattermost,Mistral,Cohere,Postmark,Mailjet,Hex".split(",")
)
_SPOKEN: dict[str, tuple[str, ...]] = {
    "password": (
        "my password is {}",
        "Password: {}",
        "the password for the VPN is {} and it fails",
        "pw={}",
        "mein Passwort lautet {}",
        "mot de passe : {}",
        "mi contraseña es {}",
        "user: mia\npass: {}",
        "login: mia / {}",
        "curl -u mia:{} https://api.example.com",
        "mysql -u root -p{} shop",
        "| user | password |\n|---|---|\n| mia | {} |",
        '{{"username": "mia", "password": "{}"}}',
        "Pass\u200bword: {}",
    ),
    "one-time code": (
        "the verification code is {}",
        "Your one-time code: {}",
        "my OTP is {}",
        "OTP {} does not work",
        "mein Bestätigungscode lautet {}",
        "TAN: {}",
        "code de vérification : {}",
        "código de verificación: {}",
        "{} is your verification code",
        "2FA code {} was refused",
        "security code:\n{}",
        "use {} as my login code",
    ),
    "card": (
        "please charge {}",
        "my card {} 12/29 is declined",
        "card number: {}",
        "| card | {} |",
        '"pan": "{}"',
        "Kreditkarte {} gesperrt",
    ),
    "IBAN": (
        "my IBAN is {}",
        "please pay to {} until Friday",
        "Konto: {}",
        "| iban | {} |",
        '"iban": "{}"',
        "IBAN={}",
    ),
}
_COOKIES = (
    "Cookie: JSESSIONID={}; theme=dark",
    "Set-Cookie: session={}; Path=/; HttpOnly",
    "curl -b 'sessionid={}' https://app.example.com",
    "document.cookie says PHPSESSID={}",
    "cookie: _ga=GA1.2.3; connect.sid=s%3A{}",
    "curl -H 'Cookie: laravel_session={}' https://app.example.com/home",
)
_HEADERS = (
    "Authorization: Bearer {}",
    "curl -H 'Authorization: Bearer {}' https://api.example.com",
    '{{"Authorization": "Bearer {}"}}',
    "headers = {{'authorization': 'Token {}'}}",
    "proxy-authorization: Bearer {}",
    "2026-11-30 10:00:00 DEBUG > authorization: bearer {}",
    "X-Auth-Token: {}",
    "x-api-key: {}",
    "| Authorization | Bearer {} |",
)
_WEBHOOKS = (
    "https://hooks.slack.com/services/T{U10}/B{U10}/{A24}",
    "https://discord.com/api/webhooks/{d18}/{w68}",
    "https://acme.webhook.office.com/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}/IncomingWebhook/{h32}/{h8}",
    "https://hooks.zapier.com/hooks/catch/{d7}/{a7}/",
    "https://maker.ifttt.com/trigger/alarm/with/key/{w22}",
)


def samples(seed: int = SEED, *, rounds: int = 1) -> Iterator[Sample]:
    """Yields texts with secrets. Every shape comes in every way, once for each round."""
    source = random.Random(seed)
    for _ in range(rounds):
        for shape in TOKENS:
            yield from _of_shape(shape, source)
        for shape in ADDRESSES:
            yield from _of_address(shape, source)
        for shape in MADE:
            yield from _of_shape(shape, source) if shape.kind == "JWT" else _spoken(shape, source)
        yield from _in_frames("cookie", _COOKIES, "{A32-64}", source)
        yield from _in_frames("header", _HEADERS, "{A24-48}", source)
        yield from _basic(source)
        yield from _webhooks(source)
        yield from _private_keys(source)


def look_alikes(seed: int = SEED, *, rounds: int = 1) -> Iterator[tuple[str, str]]:
    """Yields the kinds and texts of what is no secret."""
    source = random.Random(seed)
    for _ in range(rounds):
        for kind, makers in LOOK_ALIKES.items():
            for make in makers:
                yield kind, make(source)


def _of_shape(shape: Shape, source: random.Random) -> Iterator[Sample]:
    plain = any(shape.label.startswith(name) or name in shape.label for name in _PLAIN)
    for way, paste in (WAYS if plain else WAYS | _NAMELESS).items():
        secret = shape.make(source)
        yield _sample(shape.kind, way, paste(shape, secret, source), (secret[-12:],))


def _of_address(shape: Shape, source: random.Random) -> Iterator[Sample]:
    for way, paste in (WAYS | _NAMELESS).items():
        if way not in {"curl", "stated", "zero-width"}:
            address = shape.make(source)
            yield _sample(shape.kind, way, paste(shape, address, source), (_secret_of(address),))


def _secret_of(address: str) -> str:
    """Returns the password in an address or a connection string: the part without any word of the template."""
    pieces = address.replace(";", "&").replace("?", "&").split("&")
    named = [
        piece.split("=", 1)[1] for piece in pieces if piece.lower().startswith(("pwd=", "accountkey=", "password="))
    ]
    return named[0] if named else address.rpartition("@")[0].rpartition(":")[2]


def _spoken(shape: Shape, source: random.Random) -> Iterator[Sample]:
    for frame in _SPOKEN[shape.kind]:
        secret = shape.make(source)
        yield _sample(shape.kind, frame, frame.format(secret), (secret,))


def _in_frames(kind: str, frames: tuple[str, ...], template: str, source: random.Random) -> Iterator[Sample]:
    for frame in frames:
        secret = filled(template, source) + "7"
        yield _sample(kind, frame, frame.format(secret), (secret[-12:],))


def _basic(source: random.Random) -> Iterator[Sample]:
    for frame in (
        "Authorization: Basic {}",
        "curl -H 'Authorization: Basic {}' https://x.example",
        "_auth={}",
        "basic {}",
    ):
        secret = base64.b64encode(filled("mia:{A12}", source).encode()).decode()
        yield _sample("header", frame, frame.format(secret), (secret.rstrip("="),))


def _webhooks(source: random.Random) -> Iterator[Sample]:
    for template in _WEBHOOKS:
        address = filled(template, source)
        for frame in ("{}", "the hook <{}> is dead", "SLACK_WEBHOOK_URL={}", 'curl -d "{{}}" {}'):
            yield _sample("webhook", frame, frame.format(address), (address.rstrip("/")[-6:],))


def _private_keys(source: random.Random) -> Iterator[Sample]:
    for way in ("block", "quoted", "code block", "escaped", "JSON", "YAML", "env", "CRLF", "spaces", "cut off"):
        key, lines = private_key(source)
        yield _sample("private key", way, _pasted_key(way, key), lines[1:-1])


def _pasted_key(way: str, key: str) -> str:
    escaped = key.replace("\n", "\\n")
    return {
        "block": f"this is my key:\n{key}",
        "quoted": "\n".join(f"> {line}" for line in key.splitlines()),
        "code block": f"```\n{key}\n```",
        "escaped": f'PRIVATE_KEY="{escaped}\\n"',
        "JSON": json.dumps({"type": "service_account", "private_key_id": "a1", "private_key": key + "\n"}),
        "YAML": "tls:\n  key: |\n" + "\n".join(f"    {line}" for line in key.splitlines()),
        "env": f"SSH_KEY='{escaped}'",
        "CRLF": key.replace("\n", "\r\n"),
        "spaces": key.replace("\n", " "),
        "cut off": key.rpartition("\n")[0],
    }[way]


def _sample(kind: str, way: str, text: str, must_go: tuple[str, ...]) -> Sample:
    """Returns the text with a sentence before and, where that cannot be a part of the secret, one after it."""
    before = "Hello,\n"
    after = (
        ""
        if way in {"cut off", "alone", "own line"} or ("\n" in text and way == "security code:\n{}")
        else f"\n\n{_LATER}"
    )
    return Sample(kind, way, before + text + after, must_go, (before, _LATER if after else ""))

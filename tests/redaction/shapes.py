"""Shapes of secrets, as their issuers publish them, and of what only looks like one.

A shape is a template. `{A36}` stands for 36 random characters of the alphabet A; `{A20-40}` for 20 to 40. No text that
is made of it was ever a secret: every character comes from a seeded source.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from stdnum import iban, luhn

_ALPHABETS = {
    "A": string.ascii_letters + string.digits,
    "a": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "L": string.ascii_lowercase,
    "V": string.ascii_uppercase,
    "d": string.digits,
    "h": string.digits + "abcdef",
    "H": string.digits + "ABCDEF",
    "w": string.ascii_letters + string.digits + "_-",
    "b": string.ascii_letters + string.digits + "+/",
    "B": string.ascii_uppercase + "234567",
}
_FIELD = re.compile(r"\{([A-Za-z])(\d+)(?:-(\d+))?\}")
# Templates with more than one alphabet in a row begin and end with a character that no sentence ends with.
_EDGES = _ALPHABETS["A"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One published form: what people call it, the variable it stands in, and how one is made."""

    kind: str
    label: str
    variable: str
    make: Callable[[random.Random], str]


def filled(template: str, source: random.Random) -> str:
    """Returns the template with random characters in its fields."""

    def characters(field: re.Match[str]) -> str:
        least = int(field[2])
        size = source.randint(least, int(field[3] or least))
        inner = "".join(source.choices(_ALPHABETS[field[1]], k=size))
        if field[1] in "wb":  # no sign at an edge, where it would be taken for a mark of the sentence
            inner = source.choice(_EDGES) + inner[1:-1] + source.choice(_EDGES)
        return inner

    return _FIELD.sub(characters, template)


# kind; what people call it; variable; template. Facts from the issuers' documentation and from public lists of formats.
_TOKENS = """
cloud | AWS access key | AWS_ACCESS_KEY_ID | AKIA{B16}
cloud | temporary AWS key | AWS_ACCESS_KEY_ID | ASIA{B16}
cloud | Google API key | GOOGLE_API_KEY | AIza{w35}
cloud | Google OAuth token | GOOGLE_TOKEN | ya29.{w60-120}
cloud | Google client secret | GOOGLE_CLIENT_SECRET | GOCSPX-{w28}
cloud | DigitalOcean token | DIGITALOCEAN_TOKEN | dop_v1_{h64}
cloud | Alibaba key | ALIYUN_ACCESS_KEY | LTAI{A20}
cloud | Tencent key | TENCENT_SECRET_ID | AKID{A32}
cloud | Databricks token | DATABRICKS_TOKEN | dapi{h32}
cloud | Heroku token | HEROKU_API_KEY | HRKU-AA{w58}
cloud | Fly.io token | FLY_API_TOKEN | fo1_{w43}
cloud | Terraform token | TF_TOKEN | {A14}.atlasv1.{w67}
cloud | Vault token | VAULT_TOKEN | hvs.{w90-100}
cloud | Doppler token | DOPPLER_TOKEN | dp.pt.{A43}
cloud | Pulumi token | PULUMI_ACCESS_TOKEN | pul-{h40}
cloud | Azure client secret | AZURE_CLIENT_SECRET | {A3}8Q~{w34}
cloud | PlanetScale token | PLANETSCALE_TOKEN | pscale_tkn_{w43}
cloud | Supabase key | SUPABASE_KEY | sbp_{h40}
cloud | Linode-like Vultr key | VULTR_API_KEY | {U36}
cloud | Azure storage key | AZURE_STORAGE_KEY | {b86}==
cloud | AWS secret key | AWS_SECRET_ACCESS_KEY | {b40}
cloud | Cloudflare key | CLOUDFLARE_API_KEY | {h37}
cloud | Tailscale key | TS_AUTHKEY | tskey-auth-{A17}-{A32}
cloud | 1Password service token | OP_SERVICE_ACCOUNT_TOKEN | ops_eyJ{w250}
code host | GitHub token | GITHUB_TOKEN | ghp_{A36}
code host | GitHub OAuth token | GITHUB_TOKEN | gho_{A36}
code host | GitHub app token | GH_TOKEN | ghs_{A36}
code host | GitHub refresh token | GH_REFRESH_TOKEN | ghr_{A76}
code host | fine-grained GitHub token | GITHUB_TOKEN | github_pat_{A22}_{A59}
code host | GitLab token | GITLAB_TOKEN | glpat-{w20}
code host | GitLab deploy token | CI_DEPLOY_PASSWORD | gldt-{w20}
code host | GitLab runner token | RUNNER_TOKEN | glrt-{w20}
code host | GitLab trigger token | TRIGGER_TOKEN | glptt-{h40}
code host | Bitbucket app password | BITBUCKET_APP_PASSWORD | ATBB{A32}
code host | Atlassian token | ATLASSIAN_TOKEN | ATATT3xFfGF0{w170}={H8}
code host | Azure DevOps token | AZURE_DEVOPS_PAT | {A52}JQQJ99{A18}AZDO{A4}
code host | Gitea token | GITEA_TOKEN | gta_{A40}
code host | CircleCI token | CIRCLECI_TOKEN | CCIPAT_{A22}_{h40}
code host | Buildkite token | BUILDKITE_TOKEN | bkua_{h40}
code host | SonarQube token | SONAR_TOKEN | squ_{h40}
code host | Sentry token | SENTRY_AUTH_TOKEN | sntryu_{h64}
code host | Grafana token | GRAFANA_TOKEN | glsa_{A32}_{h8}
code host | New Relic key | NEW_RELIC_API_KEY | NRAK-{U27}
code host | Linear key | LINEAR_API_KEY | lin_api_{A40}
code host | Figma token | FIGMA_TOKEN | figd_{w40}
code host | Postman key | POSTMAN_API_KEY | PMAK-{h24}-{h34}
chat | Slack bot token | SLACK_BOT_TOKEN | xoxb-{d12}-{d13}-{A24}
chat | Slack user token | SLACK_TOKEN | xoxp-{d12}-{d12}-{d13}-{h32}
chat | Slack app token | SLACK_APP_TOKEN | xapp-1-A{U10}-{d13}-{h64}
chat | Slack configuration token | SLACK_CONFIG_TOKEN | xoxe.xoxp-1-{A163}
chat | Slack session token | SLACK_SESSION | xoxc-{d12}-{d12}-{d13}-{h64}
chat | Discord bot token | DISCORD_TOKEN | MT{A24}.G{A5}.{w38}
chat | Telegram bot token | TELEGRAM_TOKEN | {d10}:AA{w33}
chat | Notion token | NOTION_TOKEN | ntn_{A46}
chat | Mattermost-like token | MATTERMOST_TOKEN | {a26}
chat | Airtable token | AIRTABLE_TOKEN | pat{A14}.{h64}
chat | Asana token | ASANA_TOKEN | 2/{d16}/{d16}:{h32}
payment | Stripe key | STRIPE_SECRET_KEY | sk_live_{A24-99}
payment | Stripe test key | STRIPE_TEST_KEY | sk_test_{A24-99}
payment | restricted Stripe key | STRIPE_KEY | rk_live_{A24-99}
payment | Stripe webhook secret | STRIPE_WEBHOOK_SECRET | whsec_{A32}
payment | Square token | SQUARE_TOKEN | sq0atp-{w22}
payment | Square secret | SQUARE_SECRET | sq0csp-{w43}
payment | Square access token | SQUARE_ACCESS_TOKEN | EAAA{w60}
payment | Shopify token | SHOPIFY_TOKEN | shpat_{h32}
payment | Shopify secret | SHOPIFY_SECRET | shpss_{h32}
payment | PayPal Braintree token | BRAINTREE_TOKEN | access_token$production${a16}${h32}
payment | Flutterwave key | FLW_SECRET_KEY | FLWSECK-{h32}-X
payment | Razorpay key | RAZORPAY_KEY | rzp_live_{A14}
payment | Mollie key | MOLLIE_KEY | live_{A30}
payment | Adyen key | ADYEN_API_KEY | AQE{L1}hm{A60}
payment | Plaid token | PLAID_TOKEN | access-production-{h8}-{h4}-{h4}-{h4}-{h12}
AI | OpenAI key | OPENAI_API_KEY | sk-{A20}T3BlbkFJ{A20}
AI | OpenAI project key | OPENAI_API_KEY | sk-proj-{w58}T3BlbkFJ{w58}
AI | Anthropic key | ANTHROPIC_API_KEY | sk-ant-api03-{w93}AA
AI | Hugging Face token | HF_TOKEN | hf_{A34}
AI | Groq key | GROQ_API_KEY | gsk_{A52}
AI | xAI key | XAI_API_KEY | xai-{A80}
AI | Replicate token | REPLICATE_API_TOKEN | r8_{A37}
AI | Perplexity key | PPLX_API_KEY | pplx-{A48}
AI | OpenRouter key | OPENROUTER_API_KEY | sk-or-v1-{h64}
AI | Pinecone key | PINECONE_API_KEY | pcsk_{A6}_{A63}
AI | LangSmith key | LANGSMITH_API_KEY | lsv2_pt_{h32}_{h10}
AI | NVIDIA key | NVIDIA_API_KEY | nvapi-{w64}
AI | DeepSeek key | DEEPSEEK_API_KEY | sk-{h32}
AI | ElevenLabs key | ELEVENLABS_API_KEY | sk_{h48}
AI | Mistral key | MISTRAL_API_KEY | {A32}
AI | Cohere key | COHERE_API_KEY | {A40}
AI | Tavily key | TAVILY_API_KEY | tvly-dev-{A32}
mail | SendGrid key | SENDGRID_API_KEY | SG.{w22}.{w43}
mail | Mailgun key | MAILGUN_API_KEY | key-{h32}
mail | new Mailgun key | MAILGUN_API_KEY | {h32}-{h8}-{h8}
mail | Mailchimp key | MAILCHIMP_API_KEY | {h32}-us{d1}
mail | Brevo key | BREVO_API_KEY | xkeysib-{h64}-{A16}
mail | Resend key | RESEND_API_KEY | re_{A8}_{A24}
mail | MailerSend token | MAILERSEND_TOKEN | mlsn.{h64}
mail | Twilio key | TWILIO_API_KEY | SK{h32}
mail | Postmark token | POSTMARK_SERVER_TOKEN | {h8}-{h4}-4{h3}-a{h3}-{h12}
mail | Mailjet secret | MJ_APIKEY_PRIVATE | {h32}
package registry | npm token | NPM_TOKEN | npm_{A36}
package registry | PyPI token | PYPI_TOKEN | pypi-AgEIcHlwaS5vcmc{w150}
package registry | RubyGems key | GEM_HOST_API_KEY | rubygems_{h48}
package registry | crates.io token | CARGO_REGISTRY_TOKEN | cio{A32}
package registry | NuGet key | NUGET_API_KEY | oy2{a43}
package registry | Docker token | DOCKER_TOKEN | dckr_pat_{w27}
package registry | JFrog key | JFROG_API_KEY | AKCp8{A68}
package registry | Clojars token | CLOJARS_TOKEN | CLOJARS_{h60}
package registry | Hex key | HEX_API_KEY | {h32}
package registry | Packagist token | PACKAGIST_TOKEN | packagist_out_{h40}
""".strip()
_ADDRESSES = """
database URL | database address | DATABASE_URL | postgres://desk:{A16}@db.example.com:5432/desk
database URL | database address | DATABASE_URL | postgresql+psycopg://app_user:{A12}!@10.0.4.7/app?sslmode=require
database URL | MySQL address | MYSQL_URL | mysql://root:{A10}@mysql:3306/shop
database URL | MongoDB address | MONGODB_URI | mongodb+srv://admin:{A14}@cluster0.ab1cd.mongodb.net/test?retryWrites=true
database URL | Redis address | REDIS_URL | redis://:{A32}@cache.example.com:6379/0
database URL | queue address | AMQP_URL | amqps://worker:{A20}@mq.example.com/prod
database URL | SQL Server address | SQLSERVER_URL | mssql://sa:{A9}#1@sql01/erp
database URL | ODBC string | ODBC | Server=sql01;Database=erp;Uid=report;Pwd={A12};
database URL | storage string | AZURE | DefaultEndpointsProtocol=https;AccountName=a;AccountKey={b86}==;Suffix=x
database URL | LDAP address | LDAP_URL | ldap://cn=admin:{A11}@ldap.example.com
database URL | JDBC string | JDBC_URL | jdbc:mysql://db:3306/shop?user=shop&password={A12}
""".strip()


def _template(row: str) -> Shape:
    kind, label, variable, template = (part.strip() for part in row.split(" | "))
    return Shape(kind, label, variable, partial(filled, template))


def _jwt(source: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": filled("{d10}", source), "iat": source.randint(10**9, 2 * 10**9), "name": "Mia"}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{filled('{w43}', source)}"


def _card(source: random.Random) -> str:
    digits = source.choice(["4{d14}", "51{d13}", "55{d13}", "37{d12}", "6011{d11}"])
    body = filled(digits, source)
    number = body + luhn.calc_check_digit(body)
    size = source.choice([4, 4, 16])
    return source.choice(" -").join(number[at : at + size] for at in range(0, len(number), size))


def _iban(source: random.Random) -> str:
    country, account = source.choice([("DE", "{d18}"), ("AT", "{d16}"), ("NL", "ABNA{d10}"), ("GB", "WEST{d14}")])
    body = filled(account, source)
    whole = f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}"
    size = source.choice([4, 34])
    return " ".join(whole[at : at + size] for at in range(0, len(whole), size))


def _password(source: random.Random) -> str:
    word = source.choice(["Summer", "Winter", "hunter", "Dragon", "Berlin", "qwert", "Monday", "Zebra"])
    return source.choice(
        [f"{word}{filled('{d4}', source)}!", filled("{A12}", source) + "9", f"{word}#{filled('{A4}', source)}7"]
    )


def _code(source: random.Random) -> str:
    return filled(source.choice(["{d6}", "{d6}", "{d3} {d3}", "{d8}"]), source)


MADE = (
    Shape("JWT", "session token", "ACCESS_TOKEN", _jwt),
    Shape("card", "card", "CARD", _card),
    Shape("IBAN", "account", "IBAN", _iban),
    Shape("password", "password", "PASSWORD", _password),
    Shape("one-time code", "verification code", "OTP", _code),
)
TOKENS = tuple(map(_template, _TOKENS.splitlines()))
ADDRESSES = tuple(map(_template, _ADDRESSES.splitlines()))

_KEY_KINDS = (
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
)


def private_key(source: random.Random) -> tuple[str, tuple[str, ...]]:
    """Returns a private key in lines of 64 characters, and the lines of it that may not be left."""
    kind = source.choice(_KEY_KINDS)
    lines = tuple(filled("{b64}", source) for _ in range(source.randint(3, 26)))
    last = filled("{b20-60}", source) + "=="
    return f"-----BEGIN {kind}-----\n" + "\n".join((*lines, last)) + f"\n-----END {kind}-----", (*lines, last)


# Look-alikes: kind, and the sentences in which people write them.
_LOOK_ALIKES = """
order number | My order {d10} has not arrived yet.
order number | Order no. {V2}-{d7}-{V1} is missing an item.
order number | Bestellung {d12} ist noch nicht da, Ticket INC{d7}
order number | PO number: 45{d8}, invoice RE-{d4}-{d5}
order number | tracking number 1Z{U16} says delivered
order number | serial number {V3}{d8} of my laptop
order number | The ticket REQ{d9} is still open
git hash | Commit {h40} broke the build.
git hash | reverted {h7} and {h8} on main
git hash | HEAD is now at {h7} Fix the login page
git hash | docker image registry.example.com/app@sha256:{h64}
git hash | git diff {h40}..{h40}
git hash | see https://github.com/acme/app/commit/{h40}
checksum | sha256: {h64}  installer.msi
checksum | MD5 checksum of the file: {h32}
checksum | sha512-{b86}== in package-lock.json
checksum | "integrity": "sha512-{b86}=="
checksum | {h64}  backup-2026.tar.gz
checksum | SHA1 fingerprint: {H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}
checksum | ETag: "{h32}" is what the server sends
phone number | Call me at +49 151 {d8}, I am in room {d3}.
phone number | My number is (415) 555-{d4} ext. {d4}
phone number | Meine Durchwahl ist 089 {d7}-{d2}
phone number | Tel. +33 6 {d2} {d2} {d2} {d2} is not reachable
phone number | dial +44 20 7{d3} {d4} for the meeting
version | Python 3.{d2}.{d1} and Outlook 16.0.{d5}.{d5}
version | driver v{d2}.{d1}.{d4}.{d3} does not install
version | Windows 10.0.{d5}.{d4} build {d5}, node v{d2}.{d2}.{d1}
version | upgraded from 2026.{d1}.{d2} to 2026.{d2}.1-rc{d1}
version | kernel 6.8.0-{d2}-generic on ubuntu{d2}.04
version | error 0x8007{h4} after KB{d7}
date | The meeting on 2026-11-{d2} at 1{d1}:30 is gone from my calendar.
date | logged in at 2026-11-30T1{d1}:2{d1}:4{d1}.{d6}Z from 10.{d2}.{d2}.{d1}
date | on {d2}.1{d1}.2026 around 0{d1}:15 the VPN dropped
date | timestamp 17{d8} and 17{d11} in the export
date | Q3 2026, week 4{d1}, due 30/11/2026
long word | The Donaudampfschifffahrtsgesellschaftskapitän{L3} form will not open
long word | folder /srv/projects/{L9}/{L12}/{L8}-{L7}-archive/quarterly-report-final.xlsx
long word | see https://intranet.example.com/en/departments/{L8}/how-to-request-a-new-laptop-{d4}
long word | host srv-{L6}-{d2}.emea.corp.example.com does not answer ping
long word | The table customer_{L8}_address_history_{d4} is empty
long word | com.example.{L8}.{L10}.service.AuthenticationProviderFactoryBean failed to start
long word | asset tag {V3}-{V2}-{d5} of monitor {L4}-{d3}
cloud id | arn:aws:iam::{d12}:role/deploy-{L6} cannot be assumed
cloud id | instance i-0{h16} in vpc-0{h16} does not start
cloud id | ami-0{h16} and sg-0{h16} are listed
cloud id | pod web-{h10}-{a5} restarts, container {h12}
cloud id | X-Amzn-Trace-Id: Root=1-{h8}-{h24}
cloud id | traceparent 00-{h32}-{h16}-01
cloud id | /subscriptions/{h8}-{h4}-4{h3}-a{h3}-{h12}/resourceGroups/rg-{L5}/providers/Microsoft.Web
cloud id | Slack message p17{d14} in C0{U9} by U0{U8}
cloud id | Message-ID: <{h8}.{h4}.{h12}@mail.example.com>
cloud id | https://docs.example.com/document/d/1{w42}/edit is read-only
cloud id | https://teams.microsoft.com/l/meetup-join/19%3ameeting_{A48}%40thread.v2/0
public key | ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{A43} mia@laptop
public key | ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{A200} mia@laptop
public key | publishable key pk_live_{A24} is on our page
public key | The certificate's serial is {H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}:{H2}
public key | SHA256:{A43} is the fingerprint of the host
network | MAC address {h2}:{h2}:{h2}:{h2}:{h2}:{h2} is blocked
network | IPv6 2001:db8:{h4}:{h4}::{h4} is not routed
network | my IP is 10.{d2}.{d2}.1{d2} and the proxy is proxy{d2}.example.com:8080
network | switch sw-{L4}-{d2} port Gi1/0/{d2} VLAN {d3}
network | IMEI 35{d13} of my phone
image | ![screenshot](data:image/png;base64,iVBORw0KGgo{b400})
image | <img src="data:image/jpeg;base64,/9j/{b300}" alt="error">
image | background: url(data:image/gif;base64,R0lGODlh{b160})
image | the logo is data:image/svg+xml;base64,PHN2Zy{b200}== in the signature
""".strip()


def _isbn(source: random.Random) -> str:
    body = "978" + filled("{d9}", source)
    total = sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(body))
    whole = body + str(-total % 10)
    return source.choice([whole, f"{whole[:3]}-{whole[3]}-{whole[4:8]}-{whole[8:12]}-{whole[12]}"])


def _uuid(source: random.Random) -> str:
    return str(uuid.UUID(int=source.getrandbits(128), version=4))


_UUIDS = (
    "correlation id {} in the log",
    "device {} is not compliant in Intune",
    "https://app.example.com/orders/{}/edit shows an error",
    "Request {} failed with 500, activity id {}",
    '{{"id": "{}", "status": "failed"}}',
)
_ISBNS = ("Please order ISBN {} for the library.", "The book {} is missing from the catalogue", "ISBN-13: {}")

LookAlike = Callable[[random.Random], str]


def _look_alikes() -> Mapping[str, tuple[LookAlike, ...]]:
    made: dict[str, list[LookAlike]] = {
        "UUID": [partial(_sentence, text, _uuid) for text in _UUIDS],
        "ISBN": [partial(_sentence, text, _isbn) for text in _ISBNS],
    }
    for row in _LOOK_ALIKES.splitlines():
        kind, template = row.split(" | ", 1)
        made.setdefault(kind, []).append(partial(filled, template))
    return {kind: tuple(makers) for kind, makers in sorted(made.items())}


def _sentence(text: str, make: LookAlike, source: random.Random) -> str:
    return text.format(make(source), make(source))


LOOK_ALIKES = _look_alikes()

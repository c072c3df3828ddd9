"""Keys and tokens of vendors that are recognised by their prefix: a table with a row for each kind.

Prefixes, alphabets and lengths are facts from the vendors' documentation and from public lists of secret scanners.
Lengths are minimums below those that vendors issue, because a truncated token is still a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _parser as sre_parser  # there is no public parser of patterns
from typing import Any

from bot.helpdesk.redaction.finding import Kind

# Columns, separated by two spaces or more: vendor; kind; prefix (a regular expression); alphabet and least length of
# the rest. "random": the prefix is common in ordinary text, so that the rest must look random.
_TABLE = r"""
# Chat
Slack                       token        xox[a-z](?:\.xox[a-z])?-                   url 8
Slack app level, workflows  token        x(?:app|wfp)-                              word 8
Discord                     token        mfa\.                                      word 40
Webex                       token        Y2lzY29zcGFyazovL                          base64 40
Telegram                    token        [0-9]{8,10}:AA                             word 30
Line                        token        lch_                                       alnum 24

# Code and builds
GitHub                      token        gh[oprsu]_                                 dotted 16
GitHub fine-grained         token        github_pat_                                word 16
GitLab, all kinds           token        gl(?:[a-z]{1,3}t|agent|oas|ptt|imt|soat)-  dotted 16
GitLab runners              token        GR1348941                                  word 16
Gitea, Forgejo              token        gt[aor]_                                   alnum 32
Bitbucket                   token        AT(?:BB|CTT3xFf)                           base64 20
Bitbucket Data Center       token        BBDC-                                      base64 20
Atlassian                   token        AT(?:ATT3|OA3)                             base64 16
Buildkite                   token        bk(?:ua|ct|at|pt|pi)_                      word 16
CircleCI                    token        CCI(?:PAT|PRJ)_                            word 20
Harness                     token        [ps]at\.(?=[A-Za-z0-9_-]{20,}\.)           dotted 40
Octopus Deploy              api_key      API-                                       upper 20 random
JFrog                       api_key      AKCp                                       alnum 40
JFrog reference             token        cmVmd                                      alnum 40
SonarQube                   token        sq[aup]_                                   hex 32
SonarQube Cloud             token        sqco_                                      alnum 32
Snyk                        token        snyk_[a-z]{3}\.                            dotted 16
Sourcegraph, Semgrep        token        s(?:gp|lk|gd|gs|gmlt)_                     word 32
Infracost                   api_key      ico-                                       alnum 32
Pulumi                      token        pul-                                       hex 32
Prefect                     token        pn[ua]_                                    alnum 24
Terraform Cloud             token        [A-Za-z0-9]{10,20}\.atlasv1\.              base64 20
Azure DevOps, old           token        [a-z2-7]{20}(?=[a-z2-7]{32}(?![A-Za-z0-9]))      lower 32
Azure DevOps                token        [A-Za-z0-9]{40,80}JQQJ99[A-Za-z0-9]{4,}AZDO  alnum 4
Chromatic                   token        chpt_                                      alnum 12
LaunchDarkly                api_key      (?:api|sdk|mob)-(?=[0-9a-f]{8}-[0-9a-f]{4}-)  word 30
Doppler                     token        dp\.(?:ct|pt|st|sa|scim|audit)\.           dotted 20
Depot, Namespace            token        (?:depot_project|depot_org|nsct)_          alnum 24
StackHawk                   api_key      hawk\.                                     dotted 36

# Packages
npm                         token        npm_                                       alnum 20
PyPI                        token        pypi-Ag[EN]                                word 16
PyPI                        token        pypi-                                      word 40
RubyGems                    token        rubygems_                                  alnum 32
crates.io                   token        cio                                        alnum 32 random
Clojars                     token        CLOJARS_                                   alnum 32
NuGet                       api_key      oy2                                        lower 43 random
Packagist                   token        packagist_[a-z]{3}_                        hex 32
Docker                      token        dckr_[a-z]{3}_                             word 16

# Artificial intelligence
OpenAI, Anthropic, OpenRouter  api_key   sk-(?:ant|proj|svcacct|or|admin|service|None)-  word 16
OpenAI and its like         api_key      sk-                                        alnum 32
OpenAI and its like         api_key      sk-                                        word 16 random
OpenAI session              token        sess-                                      alnum 32
xAI                         api_key      xai-                                       word 16
Groq                        api_key      gsk_                                       alnum 20
NVIDIA                      api_key      nvapi-                                     word 20
Hugging Face                token        (?:hf|api_org)_                            alnum 20
Replicate                   token        r8_                                        word 20
Perplexity                  api_key      pplx-                                      alnum 20
Fireworks                   api_key      fw_                                        alnum 22 random
Together                    api_key      tgp_v1_                                    word 16
Cerebras                    api_key      csk-                                       alnum 24 random
LangSmith                   api_key      ls(?:v2_[a-z]{2}_|__)                      word 20
Langfuse                    api_key      sk-lf-                                     word 20
Pinecone                    api_key      pcsk_                                      word 20
ElevenLabs                  api_key      sk_                                        hex 32
Voyage                      api_key      pa-                                        word 32 random
Jina                        api_key      jina_                                      word 20
Firecrawl                   api_key      fc-                                        hex 24
Tavily                      api_key      tvly-                                      word 16
E2B                         api_key      e2b_                                       hex 20
Cursor                      api_key      (?:key|crsr)_                              hex 40
Apify                       api_key      apify_[a-z]{3,5}_                          word 16
Amazon Bedrock              api_key      ABSK                                       base64 40
Amazon Bedrock, short       api_key      bedrock-api-key-                           base64 20
Dify and its like           api_key      (?:app|dataset)-                           alnum 24 random

# Clouds
Google                      api_key      AIza                                       word 20
Google OAuth                token        ya29\.                                     dotted 10
Google refresh              token        1//0                                       word 20
Google client secret        api_key      GOCSPX-                                    word 16
Google HMAC                 api_key      GOOG                                       upper 20
Google captcha              api_key      6L[cdef]                                   word 36
Firebase messaging          api_key      AAAA[A-Za-z0-9_-]{7}:                      word 60
Alibaba                     api_key      LTAI                                       alnum 12
Tencent                     api_key      AKID                                       alnum 24
Yandex                      api_key      AQVN                                       word 30
Yandex IAM                  token        t1\.[A-Za-z0-9_-]{4,}={0,2}\.              base64 40
Yandex OAuth                token        y[0-3]_                                    word 30
Yandex static               api_key      YCAJE                                      word 16
DigitalOcean                token        do[opr]_v1_                                hex 16
DigitalOcean Spaces         api_key      DO(?:00|801)                               upper 14
Scaleway                    api_key      SCW                                        upper 17 random
Scalingo                    token        tk-us-                                     word 20
Heroku                      token        HRKU-                                      word 20
Fly.io                      token        f(?:m[12][ar]?|o1)_                        base64 16
Vercel                      token        vc[pikarc]_                                word 20
Vercel storage              token        vercel_blob_rw_                            word 16
Netlify                     token        nf[pcoub]_                                 word 20
Render                      api_key      rnd_                                       alnum 20
Cloudflare                  api_key      cf(?:k|ut|at)_                             word 32
Cloudflare origin           api_key      v1\.0-[0-9a-f]{16,}-                       hex 40
Tailscale                   api_key      tskey-                                     word 12
Tailscale, old              api_key      tskey-[a-z]{2,12}-                         word 12
ngrok                       api_key      (?:ngrok|ak|cr)_                           alnum 25 random
Defined Networking, NetBird  token       (?:dnkey-|nbp_)                            word 20
Supabase                    api_key      sb(?:p|_secret)_                           word 20
PlanetScale                 token        pscale_[a-z]{2,5}_                         url 16
Neon                        api_key      napi_                                      alnum 24
Turso, Xata                 api_key      xau_                                       alnum 24
MongoDB Atlas               api_key      mdb_sa_sk_                                 word 20
ClickHouse                  api_key      4b1d                                       alnum 30 random
Databricks                  token        d(?:api|ose|ocs|kea)                       hex 32
Confluent                   api_key      cflt                                       base64 40
Aiven                       password     AVNS_                                      word 12
Astra                       token        AstraCS:                                   colon 30
Microsoft Entra             api_key      [A-Za-z0-9_.~-]{3}[0-9]Q~                  url 24
Microsoft Entra refresh     token        [01]\.A[\w-]{30,}\.Ag                      word 40
Azure storage and its like  api_key      [A-Za-z0-9+/]{40,90}\+A(?:St|RC|Cm|Mz|Db|Se|Ii|Mt)  base64 4

# Secrets and who somebody is
Vault                       token        hv[sbr]\.                                  word 20
Vault, old                  token        (?<![.])[sbr]\.(?=[A-Za-z]*[0-9])          alnum 24
1Password service account   token        ops_ey                                     base64 20
1Password secret key        api_key      A3-[A-Z0-9]{6}-                            upperdash 20
Bitwarden                   token        0\.[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.  base64 16
age                         private_key  (?i:AGE-SECRET-KEY-|AGE-PLUGIN-[A-Z]{1,9}-)1  alnum 8
Okta                        token        00[A-Z]                                    word 38 random
Authress                    token        (?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.  dotted 30
OpenShift                   token        sha256~                                    word 30
LinkedIn                    token        WPL_AP[01]\.                               base64 16

# Money
Stripe and its like         api_key      [rs]k_(?:live|test|prod)_                  word 8
Signed webhooks             api_key      whsec_                                     base64 16
Stripe client secret        api_key      (?:pi|seti)_[A-Za-z0-9]{10,}_secret_       alnum 10
Square                      token        EAAA                                       word 22
Square                      token        sq0[a-z]{3}-                               word 12
PayPal, Braintree           token        access_token\$[a-z]{4,12}\$                dollar 16
Adyen                       api_key      AQE[a-z]hm                                 base64 40
Flutterwave                 api_key      FLWSECK(?:_TEST)?-                         word 12
Razorpay                    api_key      rzp_(?:live|test)_                         alnum 12
GoCardless, Mollie, Lob     token        (?<!pk_)(?:live|test|access|sandbox)_       word 20 random
Plaid                       token        access-(?:sandbox|development|production)-  word 30
Duffel                      token        duffel_[a-z]{4}_                           base64 16
Shippo                      token        shippo_[a-z]{4}_                           hex 16
EasyPost                    api_key      EZ[AT]K                                    alnum 40
Ramp                        token        ramp_[a-z]{3}_                             alnum 24
Paddle                      api_key      pdl_(?:[a-z]{4}_)?(?:apikey|ntfset)_       word 16
Polar                       token        polar_[a-z]{2,3}_                          word 16
Asaas                       token        \$aact_                                    url 20

# Shops, customers, people, plans
Shopify                     token        shp[a-z]{2,3}_                             hex 16
HubSpot                     token        pat-[a-z]{2}[0-9]?-                        hexdash 20
Salesforce                  token        00D[A-Za-z0-9]{12,15}!                     dotted 20
Salesforce client, refresh  token        (?:3MVG9|5Aep861)                          dotted 30
Airtable                    token        pat[A-Za-z0-9]{14}\.                       hex 32
Airtable, old               api_key      key                                        alnum 14 random
Asana                       token        [0-2]/[0-9]{10,20}(?:/[0-9]{10,20})?:      hex 24
ClickUp                     token        pk_[0-9]{5,9}_                             upper 20
Notion                      token        (?:secret|ntn)_                            alnum 40
Linear                      token        lin_[a-z]{2,5}_                            alnum 16
Shortcut                    token        sct_r[ow]_                                 word 16
Figma                       token        fig[a-z]{1,2}_                             base64 20
Frame.io                    token        fio-[a-z]-                                 base64 20
Adobe                       api_key      p8e-                                       alnum 24
Contentful                  token        CFPAT-                                     word 20
Typeform                    token        tfp_                                       dotted 20
Intercom                    token        dG9rO                                      base64 20
Plain                       api_key      plainApiKey_                               word 16
Zoho                        token        1000\.                                     hexdot 40
Dropbox                     token        sl\.(?:u\.)?                               word 40
Readme                      api_key      rdme_                                      alnum 24
Postman                     api_key      PM(?:AK|AT)-                               word 20
Zuplo                       api_key      zpka_                                      word 20
SettleMint                  token        sm_[aps]at_                                alnum 16
Uppzy                       api_key      uppzy_                                     word 20 random

# Mail and messages
SendGrid                    api_key      SG\.(?=[A-Za-z0-9_-]{16,}\.)               dotted 32
Mailgun                     api_key      key-                                       lower 32 random
Mailgun signing             api_key      [0-9a-f]{32}-[0-9a-f]{8}-                  hex 8
Mailchimp                   api_key      [0-9a-f]{32}-us                            digit 1
Brevo (Sendinblue)          api_key      x(?:keysib|smtpsib)-                       word 20
MailerSend                  token        mlsn\.                                     hex 32
Resend                      api_key      re_                                        word 20 random
Courier                     api_key      [pd]k_(?:prod|test)_                       upper 20
Twilio                      api_key      SK                                         hex 32
Telnyx                      api_key      KEY0                                       word 30
Pushbullet                  token        o\.                                        alnum 32
OneSignal                   api_key      os_v2_[a-z]{3}_                            alnum 24
Discord bots                token        [MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.  word 27

# Watching
Grafana                     token        gl(?:sa|c)_                                base64 20
Sentry                      token        sntry[a-z]_                                base64 20
New Relic                   token        NR[A-Z]{2}-                                word 18
New Relic licence           api_key      (?:eu01xx)?[0-9a-f]{20,34}FFFF             upper 4
Datadog                     token        dd[pw]_                                    alnum 24
Dynatrace                   token        dt0[a-z][0-9]{2}\.                         dotted 24
Honeycomb                   api_key      hc[abx][a-z]{2}_                           alnum 20
PostHog                     api_key      ph[xs]_                                    word 20
Rootly                      api_key      rootly_                                    alnum 32
PagerDuty                   api_key      pdus\+                                     base64 18
Axiom                       api_key      xa[ap]t-                                   word 20
Logfire                     token        pylf_v[0-9]_[a-z]{2}_                      alnum 16
Mapbox                      token        [st]k\.(?=ey)                              dotted 40
MaxMind                     api_key      [A-Za-z0-9]{6}_(?=[A-Za-z0-9]{29}_mmk)     word 30
JWT in base64               token        ZXlK                                       base64 40 random
Intra 42                    token        s-s4t2(?:ud|af)-                           hex 60
Facebook                    token        EAA[A-Z]                                   alnum 40
Instagram                   token        IG(?:QV|AA)                                word 40
Twitter                     token        A{21}                                      url 30
Twitter access              token        [0-9]{15,20}-                              alnum 30 random
Alchemy                     api_key      alcht_                                     alnum 20
Bitcoin and its like        private_key  [xyztuv]prv                                alnum 60
Bitcoin, one key            private_key  [5KL](?=[1-9A-HJ-NP-Za-km-z]{50,51}(?![A-Za-z0-9]))  alnum 50 random
Nostr                       private_key  nsec1                                      alnum 40
"""

_ALPHABETS = {
    "digit": "[0-9]",
    "hex": "[0-9a-fA-F]",
    "hexdot": "[0-9a-f.]",
    "hexdash": "[0-9a-fA-F-]",
    "upper": "[A-Z0-9]",
    "upperdash": "[A-Z0-9-]",
    "lower": "[a-z0-9]",
    "alnum": "[A-Za-z0-9]",
    "colon": "[A-Za-z0-9:]",
    "dollar": "[A-Za-z0-9$]",
    "word": "[A-Za-z0-9_-]",
    "dotted": "[A-Za-z0-9_.-]",
    "base64": "[A-Za-z0-9+/=_-]",
    "url": "[A-Za-z0-9+/=_.%~-]",
}
_DISTINCT = 4


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """Format of one kind of token. The group `rest` matches after the prefix. Each match has one of `needed` in it."""

    vendor: str
    kind: Kind
    needed: tuple[str, ...]
    pattern: re.Pattern[str]
    random: bool


def _read(row: str) -> TokenFormat:
    vendor, kind, prefix, rest = re.split(r" {2,}", row)
    alphabet, least, *remark = rest.split()
    # A long prefix that ends in a sign cannot be the end of another word.
    glued = not remark and prefix[-1] in "_-" and len(prefix) >= _DISTINCT
    edge = "" if glued else "(?<![A-Za-z0-9])"
    pattern = re.compile(f"{edge}(?:{prefix})(?P<rest>{_ALPHABETS[alphabet]}{{{least},}})")
    return TokenFormat(vendor, Kind[kind.upper()], _needed(prefix), pattern, random=remark == ["random"])


_MOST_NEEDED = 12


def _needed(prefix: str) -> tuple[str, ...]:
    """Returns texts of which every match of a prefix has one: to look for them is much quicker than for the prefix.

    Of all places in the prefix it is the one whose shortest text is longest.
    """
    runs: list[tuple[str, ...]] = [("",)]
    for texts in _steps(sre_parser.parse(prefix)):
        joined = tuple(begin + text for begin in runs[-1] for text in texts or ())
        if texts and len(joined) <= _MOST_NEEDED:
            runs[-1] = joined
        else:
            runs.append(texts or ("",))
    return max(runs, key=lambda run: (min(map(len, run)), -len(run)))


def _steps(parsed: Iterable[tuple[object, Any]]) -> Iterator[tuple[str, ...] | None]:
    """Yields the texts that each step of a parsed pattern can match; None for a step with too many."""
    for kind, value in parsed:
        match str(kind):
            case "LITERAL":
                yield (chr(value),)
            case "SUBPATTERN" if not value[1]:
                yield from _steps(value[3])
            case "BRANCH":
                yield _texts_of_branches(value[1])
            case "MAX_REPEAT" if value[0] == value[1]:
                yield from (step for _ in range(value[0]) for step in _steps(value[2]))
            case "IN" if all(str(one) == "LITERAL" for one, _ in value):
                yield tuple(chr(letter) for _, letter in value)
            case "ASSERT" | "ASSERT_NOT":
                continue
            case _:
                yield None


def _texts_of_branches(branches: Iterable[Iterable[tuple[object, Any]]]) -> tuple[str, ...] | None:
    texts: list[str] = []
    for branch in branches:
        whole = [""]
        for step in _steps(branch):
            if step is None:
                return None
            whole = [begin + text for begin in whole for text in step]
        texts += whole
    return tuple(texts)


TOKEN_FORMATS = tuple(_read(row) for row in _TABLE.splitlines() if row and not row.startswith("#"))

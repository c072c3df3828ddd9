"""Credentials where programs expect them: addresses, connection strings, HTTP headers, commands and configuration."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.lines import matches_at, matches_in, pieces_with, places_of
from bot.helpdesk.redaction.links import gives_access, is_token
from bot.helpdesk.redaction.names import lowered
from bot.helpdesk.redaction.plausibility import is_address, is_ordinary, is_placeholder, looks_random, looks_secret

#
# Web addresses and connection strings

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
_SHORTEST_SIGNATURE = 16

_MAGIC = re.compile(
    r"/(?:[a-z]{0,12}[_-])?(?:reset|pass(?:word|wort)?|magic|magic-?link|invit\w{0,7}"
    r"|verif\w{0,8}|confirm\w{0,8}|activat\w{0,4}|recover\w{0,3}|sign-?in|log-?in|auth|tokens?|one-?time|otp|sso"
    r"|unlock|onboard\w{0,4}|secret|setup)(?:[_-](?:password|link|email|account|token|reset))?/(?:[a-z0-9]{1,8}/){0,2}"
    r"(?P<secret>[A-Za-z0-9_.~%=-]{10,})",
    re.IGNORECASE,
)
_ONE_TIME = re.compile(r"https?://[^\s<>|\"'?#]{3,200}?/(?:otp|one-?time(?:-?code)?)/(?P<secret>[0-9]{4,8})(?![\w-])")
_LONGEST_ADDRESS = 200
_NO_ADDRESS = re.compile(r"[\s<>|\"'?#]")
_CHANGES = 4
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def urls(text: str) -> Iterator[SecretFinding]:
    """Finds the parts of addresses that give access by themselves."""
    if "/" not in text and "=" not in text and "@" not in text:
        return
    lower = lowered(text)
    for match in matches_in(_HOOK, text, pieces_with(lower, _HOOK_HINTS)):
        yield _finding(Kind.WEBHOOK, match)
    yield from _user_infos(text)
    for match in _PARAMETER.finditer(text) if "=" in text else ():
        if _SIGNED.fullmatch(match["name"]) and _is_signature(match["name"], match["secret"]):
            yield _finding(Kind.API_KEY, match)
    for match in _MAGIC.finditer(text) if "http" in lower else ():
        secret = match["secret"]
        if not _is_in_web_address(text, match.start()):
            continue
        if looks_random(secret) or _UUID.search(secret) or (secret.isalnum() and is_token(secret, changes=_CHANGES)):
            yield _finding(Kind.TOKEN, match)
    for match in _ONE_TIME.finditer(text) if "/otp" in text or "/one" in text else ():
        yield _finding(Kind.CODE, match)


def _is_in_web_address(text: str, position: int) -> bool:
    scheme = text.rfind("://", max(0, position - _LONGEST_ADDRESS), position)
    is_web = text[max(0, scheme - 5) : scheme].lower().endswith(("http", "https"))
    return scheme >= 0 and is_web and not _NO_ADDRESS.search(text, scheme, position)


def _user_infos(text: str) -> Iterator[SecretFinding]:
    if "@" not in text:
        return
    for match in (*_USERINFO.finditer(text), *_ORACLE.finditer(text)):
        yield _finding(Kind.PASSWORD, match)
    for match in _USER_TOKEN.finditer(text):
        yield _finding(Kind.TOKEN, match)
    for match in matches_in(_PAIR_AT_HOST, text, pieces_with(text, ["@"])):
        if match["user"].lower() not in _NO_USER and looks_secret(match["secret"]):
            yield _finding(Kind.PASSWORD, match)


def _is_signature(name: str, value: str) -> bool:
    if len(value) < _SHORTEST_SIGNATURE:
        return False
    return bool(_ALWAYS.fullmatch(name)) or looks_random(value) or bool(_UUID.search(value))


_SCHEMES = (
    r"(?:bearer|basic|token|digest|api-?key|apitoken|negotiate|ntlm|ssws|splunk|oauth|geniekey|deepl-auth-key|bot|jwt"
    r"|key|hawk|sharedkey(?:lite)?|aws|aws4-hmac-sha256|zoho-oauthtoken|klaviyo-api-key|client-id|discogs|signature"
    r"|private-token|sharedaccesssignature)"
)
_HEADER = re.compile(
    r"authori[sz]ation[\"'\\]{0,3}[ \t]{0,3}[:=,][ \t]{0,3}[\"'\\]{0,3}"
    rf"(?:{_SCHEMES}[ \t]{{1,3}}(?P<secret>[^\s\"'`\\]{{3,}})"
    r"|(?P<bare>(?=[^\s\"'`\\0-9]{0,64}[0-9])[^\s\"'`\\]{8,}))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"bearer[ \t:=]{1,3}([A-Za-z0-9._~+/=-]{10,})", re.IGNORECASE)
_BASIC = re.compile(r"basic[ \t]{1,3}([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE)
_AUTH = re.compile(
    r"(?<![A-Za-z0-9])_?auth(?:string)?[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE
)
_COOKIE = re.compile(r"cookie2?:[ \t]{0,3}((?=[\w.-]{1,64}=)[^\n\x1e]+)", re.IGNORECASE)
_COOKIE_VALUE = re.compile(r"=([^;\s]+)")
_SESSION = re.compile(
    r"(?<![A-Za-z0-9])(?:J?SESSION(?:_?ID)?|PHPSESSID|ASPSESSIONID\w{0,12}|ASP\.NET_SessionId|connect\.sid"
    r"|laravel_session"
    r"|\.AspNet\.[\w.]{1,40}|\.ASPXAUTH|[\w-]{0,30}session(?:_?id|_?key|_?token)?|wordpress_logged_in_\w{1,40}"
    r"|MRHSession"
    r"|DSID|webvpn|FedAuth|rtFa|ESTSAUTH\w{0,12}|remember_\w{1,60}|csrf_?token|XSRF-TOKEN)="
    r"(?P<secret>[A-Za-z0-9%._~+/:|=-]{16,})",
    re.IGNORECASE,
)
_SESSION_HINTS = (
    *(
        "sess",
        "connect.sid",
        "aspnet",
        "wordpress",
        "dsid",
        "webvpn",
        "fedauth",
        "rtfa",
        "estsauth",
        "remember_",
        "csrf",
    ),
    *("xsrf", "asp.net"),
)
_LONG_TOKEN = 24


def headers(text: str) -> Iterator[SecretFinding]:
    """Finds authorization headers, their values on their own, and cookies."""
    yield from _authorizations(text)
    yield from _cookies(text)


def _authorizations(text: str) -> Iterator[SecretFinding]:
    lower = lowered(text)
    for match in matches_at(_HEADER, text, places_of(lower, ["authori"])):
        if is_placeholder(match["secret"] or match["bare"]):
            continue
        yield _finding(Kind.TOKEN, match, "secret" if match["secret"] else "bare")
    for match in matches_at(_BEARER, text, places_of(lower, ["bearer"])):
        if len(match[1]) >= _LONG_TOKEN or any(map(str.isdigit, match[1])):
            yield _finding(Kind.TOKEN, match, 1)
    basic = matches_at(_BASIC, text, places_of(lower, ["basic"]))
    for match in (*basic, *matches_at(_AUTH, text, places_of(lower, ["auth", "_auth"]))):
        if _is_pair(match[1]):
            yield _finding(Kind.PASSWORD, match, 1)


def _cookies(text: str) -> Iterator[SecretFinding]:
    lower = lowered(text)
    for match in matches_at(_COOKIE, text, places_of(lower, ["cookie"])):
        if any(map(looks_secret, _COOKIE_VALUE.findall(match[1]))):
            yield _finding(Kind.TOKEN, match, 1)
    has_session = any(hint in lower for hint in _SESSION_HINTS)
    for match in matches_in(_SESSION, text, pieces_with(text, ["="]) if has_session else ()):
        if any(map(str.isdigit, match["secret"])):
            yield _finding(Kind.TOKEN, match)


def _is_pair(encoded: str) -> bool:
    """Returns True for a user name and a password in the encoding of RFC 7617."""
    try:
        pair = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in pair and pair.isprintable()


def _finding(kind: Kind, match: re.Match[str], group: int | str = "secret") -> SecretFinding:
    start, end = match.span(group)
    return SecretFinding(kind=kind, start=start, end=end)


_VALUE = r"[\"']?(?P<secret>(?<=\")[^\"\n\x1e]{1,200}|(?<=')[^'\n\x1e]{1,200}|[^\s\"'`|\x1e]{1,200})"
_SECOND = r"[\"']?[^\s:\"'%|]{1,64}{separator}(?P<secret>[^\s\"'`|\x1e]{1,200})"

# Programs and their option for a password. `VALUE` is the password, `USER:VALUE` a user name and the password.
_OPTIONS = r"""
curl wget http https xh                    (?:-[a-zA-Z]{0,5}u|--user|-U|--proxy-user|-a|--auth)[ =]?USER:VALUE
mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump mycli   -pVALUE
sshpass                                    -p[ ]?VALUE
mongo mongosh mongodump mongorestore mongoexport mongoimport   -p[ ]?VALUE
redis-cli                                  (?:-a|--pass)[ ]VALUE
docker podman buildah skopeo helm oc crane nerdctl   login\b[^\n|]{0,120}?[ ](?:-p|--password)[ =]VALUE
az                                         login\b[^\n|]{0,120}?[ ](?:-p|--password)[ =]VALUE
skopeo                                     --(?:src-|dest-)?creds[ =]USER:VALUE
htpasswd                                   -[a-zA-Z]{0,4}b[a-zA-Z]{0,3}[ ](?:\S{1,100}[ ]){1,2}VALUE
7z 7za 7zz rar unrar                       -h?p(?!\s)VALUE
zip unzip pdftk qpdf                       (?:-P|user_pw|owner_pw|input_pw)[ ]VALUE
ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd ldapcompare   -[wsa][ ]?VALUE
smbclient smbmap rpcclient winexe wmic mount.cifs nmblookup smbget smbcacls  (?:-[A-Z]{0,2}U|--user)[ =]?USER%VALUE
smbspool net                               (?:-[A-Z]{0,2}U|--user)[ =]?USER%VALUE
openssl  (?:-pass|-passin|-passout|-k|-K|-password)[ ](?:pass:)?(?!file:|env:|stdin|fd:)VALUE
keytool jarsigner apksigner                -{1,2}(?:store|key|src|dest|ks|new)-?pass(?:word)?[ ](?:pass:)?VALUE
cmdkey                                     [/-]pass(?:word)?:VALUE
schtasks                                   [/-](?:rp|p)[ ]VALUE
wmic sc taskkill tasklist systeminfo driverquery shutdown getmac   [/-](?:p|password)(?:[: ]|=[ ]?)VALUE
psexec psexec64 paexec pskill pslist psservice psinfo   -p[ ]VALUE
xfreerdp wfreerdp rdesktop mstsc freerdp   [/-]p(?:assword)?[: ]VALUE
plink pscp psftp pageant winscp            [/-](?:pw|password=)[ ]?VALUE
sqlcmd bcp osql isql tsql freebcp dsdb     -P[ ]?VALUE
sqlplus sqlldr expdp impdp exp imp rman tnsping sqlcl   (?:-[sSlL][ ])?USER/VALUE(?=@|\s|$)
snmpwalk snmpget snmpset snmpbulkwalk snmptrap snmpgetnext   -[cAX][ ]VALUE
ipmitool ipmiutil racadm freeipmi          -[Pp][ ]VALUE
crackmapexec nxc netexec evil-winrm impacket-psexec hydra medusa   -[pP][ ]VALUE
lftp                                       -u[ ]?USER,VALUE
ncftp ncftpget ncftpput                    -p[ ]VALUE
swaks sendemail mailx                      -(?:ap|xp|a\w)[ ]VALUE
nmcli wpa_cli iwctl netsh                  (?:password|passphrase|psk|key|keyMaterial)[ =]VALUE
wpa_passphrase                             [\"']?[^\s\"']{1,64}[\"']?[ ]VALUE
iwconfig                                   key[ ](?:s:)?VALUE
gpg gpg2 kinit ssh-keygen cryptsetup       (?:--passphrase[ =]|-[NP][ ])VALUE
vault                                      login[ ](?:token=)?VALUE
rclone                                     obscure[ ]VALUE
runas su sudo doas                         (?:-p|/p(?:assword)?:)[ ]?VALUE(?=[ ]/user)
dsadd dsmod net1                           -pwd[ ]VALUE
chpasswd                                   <<<[ ]?USER:VALUE
passwd                                     <<<[ ]?VALUE
restic borg duplicity rar2fs fcrackzip john hashcat   (?:-p|--password)[ =]VALUE
svn hg bzr                                 --password[ =]VALUE
gsutil s3cmd mc aws  (?:alias[ ]set[ ]\S{1,60}[ ]\S{1,100}[ ]\S{1,60}|secret_access_key|--secret_key)[ =]VALUE
"""

_CONFIGURATION_LINES = r"""
net                                        net[ ]use\b(?:[ ](?:\*|[A-Za-z]:|\\\\\S{1,200})){1,2}[ ](?![/\\])VALUE
net                                        net[ ]use\b[^\n]{0,200}?[ ]/user:\S{1,100}[ ](?!/)VALUE
net                                        net[ ]user[ ][\w.\\-]{1,64}[ ](?![/*])VALUE
echo  echo[ ](?:-[en]{1,2}[ ])?VALUE[ ]?\|[ ]?(?:sudo[ ](?:-\S{1,8}[ ]){0,3}-\w{0,4}S|passwd|su[ ]|kinit|gpg|openssl)
echo  echo[ ](?:-[en]{1,2}[ ])?[\"']?[^\s:\"']{1,64}:(?P<secret>[^\s\"'|]{1,200})[\"']?[ ]?\|[ ]?(?:sudo[ ])?chpasswd
convertto-securestring                     (?:convertto-securestring)[ ](?:-(?:string|asplaintext|force)[ ]){0,3}VALUE
pscredential                               pscredential[^\n]{0,60}[(,][ ]?[\"'][^\"'\n]{1,80}[\"'][ ]?,[ ]?VALUE
send                                       send[ ](?:--[ ])?[\"'](?P<secret>[^\"'\n\\]{4,100})\\[rn][\"']
enable                                     enable[ ](?:secret|password)[ ](?:level[ ]\d{1,2}[ ])?(?:\d[ ])?VALUE
username  username[ ]\S{1,64}[ ](?:privilege[ ]\d{1,2}[ ])?(?:secret|password|nopassword)[ ](?:\d[ ])?VALUE
snmp-server snmp  (?:snmp-server|snmp)[ ]community[ ](?:read-only[ ]|[07][ ])?VALUE
snmp-server  snmp-server[ ]host[ ]\S{1,64}(?:[ ](?:version|traps|informs|2c|1))*[ ]VALUE
snmp-server  snmp-server[ ]user[ ][^\n]{1,120}?[ ](?:auth|priv)[ ](?:md5|sha\d*|aes|des)(?:[ ](?:128|192|256))?[ ]VALUE
rocommunity rwcommunity rocommunity6 rwcommunity6 com2sec   (?:r[ow]community6?|com2sec\s\S{1,40}\s\S{1,60})[ ]VALUE
tacacs-server  (?:tacacs|radius)(?:-server)?[ ](?:host[ ]\S{1,64}[ ][^\n]{0,60}?)?key[ ](?:\d[ ])?VALUE
radius-server tacacs  (?:tacacs|radius)(?:-server)?[ ](?:host[ ]\S{1,64}[ ][^\n]{0,60}?)?key[ ](?:\d[ ])?VALUE
radius  (?:tacacs|radius)(?:-server)?[ ](?:host[ ]\S{1,64}[ ][^\n]{0,60}?)?key[ ](?:\d[ ])?VALUE
crypto                                     crypto[ ]isakmp[ ]key[ ](?:\d[ ])?VALUE
pre-shared-key  pre-shared-key[ ](?:(?:local|remote|ascii-text|hexadecimal|address[ ]\S{1,40}[ ]key|\d)[ ]){0,2}VALUE
ppp  ppp[ ](?:chap|pap)[ ]\S{0,40}[ ]?password[ ](?:\d[ ])?VALUE
wpa-psk  wpa-psk[ ]ascii[ ](?:\d[ ])?VALUE
psksecret  psksecret[ ](?:ENC[ ])?VALUE
key-string authentication-key shared-secret  (?:key-string|authentication-key|shared-secret)[ ](?:\d[ ])?VALUE
ip                                         ip[ ]ospf[ ]message-digest-key[ ]\d{1,3}[ ]md5[ ](?:\d[ ])?VALUE
neighbor                                   neighbor[ ]\S{1,64}[ ]password[ ](?:\d[ ])?VALUE
encrypted-password  encrypted-password[ ]VALUE
plain-text-password-value  plain-text-password-value[ ]VALUE
authentication-password  authentication-password[ ]VALUE
privacy-password  privacy-password[ ]VALUE
set                                        set[ ](?:passwd|password|psksecret|passphrase|key)[ ](?:ENC[ ])?VALUE
password-hash                              password-hash[ ](?:sha\d*[ ])?VALUE
machine                                    machine[ ]\S{1,200}\s{1,8}login[ ]\S{1,200}\s{1,8}password[ ]VALUE
wifi                                       WIFI:[^\n]{0,200}?[;:]P:(?P<secret>(?:\\.|[^;\\\n]){1,100});
identified                                 identified[ ](?:with[ ]\S{1,40}[ ])?(?:by|as)[ ]VALUE
password                                   (?:with|encrypted|login)[ ]password[ ](?:=[ ]?)?'(?P<secret>[^'\n]{1,200})'
requirepass masterauth rcon_password secret-key   (?:requirepass|masterauth|rcon_password|secret-key)[ ]VALUE
user username  "user(?:name)?"[ ]?:[ ]?"[^"\n]{1,100}"[ ]?,[ ]?"(?:p|pw)"[ ]?:[ ]?"(?P<secret>[^"\n]{1,200})"
"""

# Password hashes can be cracked. Each with a text that is in every match.
_HASHES = tuple(
    (needed, re.compile(pattern))
    for needed, pattern in (
        (
            "$",
            r"\$(?:1|2[abxy]?|5|6|7|8|9|14|y|gy|apr1|md5|sha1|scrypt|argon2(?:id|i|d)"
            r"|pbkdf2[\w-]{0,12})\$[A-Za-z0-9./+=,$-]{8,}",
        ),
        ("{", r"\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,8}|SMD5)\}[A-Za-z0-9./+=$]{8,}"),
        ("pbkdf2_sha", r"pbkdf2_sha\d{1,3}\$\d{1,8}\$[A-Za-z0-9./+=$]{8,}"),
        ("aad3b435b51404ee", r"(?i:aad3b435b51404eeaad3b435b51404ee):[0-9a-fA-F]{32}"),
        (":::", r"(?<=:)[0-9a-fA-F]{32}:[0-9a-fA-F]{32}(?=:::)"),
        ("$9$", r"\$9\$[A-Za-z0-9./-]{8,}"),
        ("scram-sha-", r"SCRAM-SHA-(?:1|256)\$\d{1,8}:[A-Za-z0-9+/=$:]{16,}"),
    )
)
_PGPASS = re.compile(r"(?<![\w.:])[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:(?P<secret>[^\s:]{3,128})")
_PORT = re.compile(r":(?:\d{2,5}|\*):")
# base64 of "-----BEGIN".
_ENCODED_KEY = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{16,}")


@dataclass(frozen=True, slots=True)
class _Position:
    """A position of passwords. Only a text that has one of the words is searched.

    `begins`: every match begins with one of them, so it is looked for only there. `sign`: one that each match has.
    """

    words: frozenset[str]
    pattern: re.Pattern[str]
    option: bool
    begins: bool
    sign: str = ""

    def matches(self, text: str, lower: str) -> Iterator[re.Match[str]]:
        """Yields the matches in a text, of which `lower` is the same in lower case."""
        if self.sign not in text:
            return
        if not self.begins:
            yield from self.pattern.finditer(text)
            return
        yield from matches_at(self.pattern, text, places_of(text if self.option else lower, self.words))


def _read_positions() -> Iterator[_Position]:
    for row in _OPTIONS.strip().splitlines():
        words, option = re.split(r" {2,}", row, maxsplit=1)
        names = "|".join(re.escape(word) for word in words.split())
        before = rf"(?<![\w.-])(?:{names})(?:\.exe|\.py)?(?=[ \t])[^\n|\x1e]{{0,200}}?(?<=[ \t])"
        sign = next((sign for sign in _PAIR_SIGNS if f"USER{sign}VALUE" in option), "")
        yield _Position(
            frozenset(words.split()), re.compile(before + _filled(option)), option=True, begins=True, sign=sign
        )
    for row in _CONFIGURATION_LINES.strip().splitlines():
        words, line = re.split(r" {2,}", row, maxsplit=1)
        yield _Position(
            frozenset(words.split()),
            re.compile(rf"(?<![\w-]){_filled(line)}", re.IGNORECASE),
            option=False,
            begins=line.startswith((f"{words}[ ]", f"(?:{words.replace(' ', '|')})[ ]")),
        )


_PAIR_SIGNS = ":%/,"


def _filled(row: str) -> str:
    """Returns the pattern of a row, in which one space matches one or several."""
    row = row.replace("[ ]?", "[ \\t]{0,3}").replace("[ ]", "[ \\t]{1,8}")
    for separator in _PAIR_SIGNS:
        row = row.replace(f"USER{separator}VALUE", _SECOND.replace("{separator}", separator))
    return row.replace("VALUE", _VALUE)


_POSITIONS = tuple(_read_positions())
_END_OF_VALUE = re.compile(r"[\"'`]?[ \t;]*(?:\n|$|\||-|/|address)", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9](?:[\w.-]*\w)?")


def commands(text: str) -> Iterator[SecretFinding]:
    """Finds passwords where a program or a file format expects them."""
    lower = lowered(text)
    words = set(_WORD.findall(lower))
    words |= {word.removesuffix(".exe").removesuffix(".py") for word in words}
    for position in _POSITIONS:
        if words.isdisjoint(position.words):
            continue
        for match in position.matches(text, lower):
            if _is_value(match["secret"]) and (position.option or _is_configuration(text, match)):
                yield _finding(Kind.PASSWORD, match)
    for needed, pattern in _HASHES:
        for match in pattern.finditer(text) if needed in lower else ():
            yield SecretFinding(kind=Kind.PASSWORD, start=match.start(), end=match.end())
    for match in _PGPASS.finditer(text) if _PORT.search(text) else ():
        if looks_secret(match["secret"]) and not match["secret"].isdigit():
            yield _finding(Kind.PASSWORD, match)
    yield from _encoded_keys(text)


def _encoded_keys(text: str) -> Iterator[SecretFinding]:
    """Finds private keys in the encoding of Kubernetes. Certificates, which are no secrets, begin in the same way."""
    for match in _ENCODED_KEY.finditer(text):
        try:
            head = base64.b64decode(match[0][:64])
        except binascii.Error:
            continue
        if b"PRIVATE" in head:
            yield SecretFinding(kind=Kind.PRIVATE_KEY, start=match.start(), end=match.end())


def _is_configuration(text: str, match: re.Match[str]) -> bool:
    """Returns True for a line of configuration, unlike a sentence such as "enable password protection"."""
    if is_address(match["secret"]):
        return gives_access(match["secret"])
    if looks_secret(match["secret"]):
        return True
    return not is_ordinary(match["secret"]) and bool(_END_OF_VALUE.match(text, match.end()))


def _is_value(value: str) -> bool:
    return not is_placeholder(value) and not value.startswith(("-", "/"))

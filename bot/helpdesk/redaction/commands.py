"""Secrets at fixed positions: options of command lines, lines of configuration files, password hashes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.plausibility import is_ordinary, is_placeholder, looks_secret

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

_LINES = r"""
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

# Password hashes can be cracked.
_HASHES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\$(?:1|2[abxy]?|5|6|7|8|9|14|y|gy|apr1|md5|sha1|scrypt|argon2(?:id|i|d)"
        r"|pbkdf2[\w-]{0,12})\$[A-Za-z0-9./+=,$-]{8,}",
        r"\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,8}|SMD5)\}[A-Za-z0-9./+=$]{8,}",
        r"pbkdf2_sha\d{1,3}\$\d{1,8}\$[A-Za-z0-9./+=$]{8,}",
        r"(?i:aad3b435b51404eeaad3b435b51404ee):[0-9a-fA-F]{32}",
        r"(?<=:)[0-9a-fA-F]{32}:[0-9a-fA-F]{32}(?=:::)",
        r"\$9\$[A-Za-z0-9./-]{8,}",
        r"SCRAM-SHA-(?:1|256)\$\d{1,8}:[A-Za-z0-9+/=$:]{16,}",
    )
)
_PGPASS = re.compile(r"(?<![\w.:])[\w.*-]{1,128}:(?:\d{2,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:(?P<secret>[^\s:]{3,128})")
# base64 of "-----BEGIN".
_ENCODED_KEY = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{16,}")


@dataclass(frozen=True, slots=True)
class _Position:
    """A position of passwords. Only a text that has one of the words is searched."""

    words: frozenset[str]
    pattern: re.Pattern[str]
    option: bool


def _read_positions() -> Iterator[_Position]:
    for row in _OPTIONS.strip().splitlines():
        words, option = re.split(r" {2,}", row, maxsplit=1)
        names = "|".join(re.escape(word) for word in words.split())
        before = rf"(?<![\w.-])(?:{names})(?:\.exe|\.py)?(?=[ \t])[^\n|\x1e]{{0,200}}?(?<=[ \t])"
        yield _Position(frozenset(words.split()), re.compile(before + _filled(option)), option=True)
    for row in _LINES.strip().splitlines():
        words, line = re.split(r" {2,}", row, maxsplit=1)
        yield _Position(
            frozenset(words.split()), re.compile(rf"(?<![\w-]){_filled(line)}", re.IGNORECASE), option=False
        )


def _filled(row: str) -> str:
    """Returns the pattern of a row, in which one space matches one or several."""
    row = row.replace("[ ]?", "[ \\t]{0,3}").replace("[ ]", "[ \\t]{1,8}")
    for separator in ":%/,":
        row = row.replace(f"USER{separator}VALUE", _SECOND.replace("{separator}", separator))
    return row.replace("VALUE", _VALUE)


_POSITIONS = tuple(_read_positions())
_END = re.compile(r"[\"'`]?[ \t;]*(?:\n|$|\||-|/|address)", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9](?:[\w.-]*\w)?")


def commands(text: str) -> Iterator[SecretFinding]:
    """Finds passwords where a program or a file format expects them."""
    words = set(_WORD.findall(text.lower()))
    words |= {word.removesuffix(".exe").removesuffix(".py") for word in words}
    for position in _POSITIONS:
        if words.isdisjoint(position.words):
            continue
        for match in position.pattern.finditer(text):
            if _is_value(match["secret"]) and (position.option or _is_configuration(text, match)):
                yield _finding(Kind.PASSWORD, match)
    for pattern in _HASHES:
        for match in pattern.finditer(text):
            yield SecretFinding(kind=Kind.PASSWORD, start=match.start(), end=match.end())
    for match in _PGPASS.finditer(text):
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
    if looks_secret(match["secret"]):
        return True
    return not is_ordinary(match["secret"]) and bool(_END.match(text, match.end()))


def _is_value(value: str) -> bool:
    return not is_placeholder(value) and not value.startswith(("-", "/"))


def _finding(kind: Kind, match: re.Match[str]) -> SecretFinding:
    start, end = match.span("secret")
    return SecretFinding(kind=kind, start=start, end=end)

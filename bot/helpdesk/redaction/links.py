"""Web and mail addresses, hosts, paths and file names: in these, the name of a secret is a word like any other."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

_SCHEMES = r"(?:https?|s?ftps?|file|smb|nfs|ssh|git|s3|gs|ldaps?|wss?|rdp|vscode|slack|msteams)"
# One word of a sentence: a scheme and what follows it, or a path on a Windows drive; in Markdown with the last word of
# the link's text. No mark that ends a sentence.
LINK_WORD = (
    rf"(?:\[?[^\s:=!?,;()\[\]]{{0,40}}\]\(|[\"'<(])?(?:{_SCHEMES}://|[A-Za-z]:[\\/])(?:[^\s<>\"'`|,;:.!?)]|[:.!?)](?=[^\s:.!?)]))"
    + r"{1,200}+[>\"')]?"
)
NO_LINK_WORD = r"(?![\"'<(]?[A-Za-z][A-Za-z0-9+.-]{0,12}:[/\\])"

_ENDS = frozenset(" \t\n\x1e\"'`<>|()[]{},;")
_REST = re.compile(r"[^\s\x1e\"'`<>|()\[\]{},;]{0,256}")
_LONGEST = 256

_TOP_LEVELS = (
    "com org net io de fr es it nl be lu uk eu ch at pl pt se dk no fi cz hu gr tr ru ua us ca au br mx in jp cn kr il"
    " local internal corp lan intern home int example test localhost dev app cloud gov edu info biz ai co"
).split()
# After a sentence without a space, as in "password.it works", these are words.
_WORDS = frozenset("it in at no us es be so int test home".split())
_HOST = re.compile(
    rf"(?:(?:[A-Za-z0-9_-]{{1,63}}\.){{1,8}}(?P<top>{'|'.join(_TOP_LEVELS)})|\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?=[/:?#]|$)"
)
_EXTENSIONS = (
    "py pyi ts tsx js jsx mjs rb go rs java kt cs cpp c h hpp php pl sh bash ps1 psm1 bat cmd vbs sql html? aspx? jsp"
    " css vue txt md rst log csv tsv xlsx? xlsm docx? pptx? pdf odt ods rtf msg eml json jsonl ya?ml toml ini cfg conf"
    " env xml plist properties tf tfvars hcl kdbx? kdb zip gz tgz tar 7z rar exe msi dmg pkg deb rpm apk iso dll so"
    " jar war png jpe?g gif svg webp mp4 mov bak old tmp lock ipynb"
).split()
_FILE = re.compile(
    rf"(?:[A-Za-z]:[/\\]|[/\\]{{1,2}})?(?:[\w.@+~-]{{1,64}}[/\\]){{0,12}}[\w.+-]{{1,100}}\.(?:{'|'.join(_EXTENSIONS)})(?::\d{{1,6}}){{0,2}}",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?:\?\S*)?", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,12}://")
_ROOT = re.compile(r"(?:~|\.{1,2})[/\\]|[/\\]{1,2}(?=[^\s/\\])|[A-Za-z]{1,12}:[/\\]")
_PUNCTUATION = ".,;:!?*_~…"

_ADDRESS = re.compile(rf"[\"'<(]?{_SCHEMES}://(?P<host>[^\s/?#|>:]{{1,256}})(?P<rest>[^\s|>]{{0,512}})", re.IGNORECASE)
_WRITTEN_BY_SLACK = re.compile(r"<?https?://([^\s|>]{1,256})\|\1>", re.IGNORECASE)
_SEGMENT = re.compile(r"[A-Za-z0-9]{8,}")


@dataclass(frozen=True, slots=True)
class Link:
    """A link at `text[start:end]`."""

    start: int
    end: int


def link_around(text: str, start: int, end: int) -> Link | None:
    """Returns the link of which `text[start:end]` is a part.

    A part that could as well be a setting or an option, such as `app.password` and `/password`, is in no link.
    """
    begin = start
    while begin and start - begin < _LONGEST and text[begin - 1] not in _ENDS:
        begin -= 1
    rest = _REST.match(text, start)
    assert rest
    token = rest.string[begin : rest.end()].rstrip(_PUNCTUATION)
    if end > begin + len(token) or not _is_link(token, start - begin, end - begin):
        return None
    return Link(begin, begin + len(token))


def _is_link(token: str, start: int, end: int) -> bool:
    if scheme := _SCHEME.search(token, 0, start):
        return scheme.end() <= start
    if _MAIL.fullmatch(token) or _FILE.fullmatch(token):
        return True
    if host := _host_of(token):
        return end < host.end() or host.end() < start
    root = _ROOT.match(token)
    return root is not None and (root.end() < start or token[end : end + 1] in {"/", "\\"})


def _host_of(token: str) -> re.Match[str] | None:
    host = _HOST.match(token)
    if host and host["top"] in _WORDS and host[0].count(".") == 1 and host.end() == len(token):
        return None
    return host


def is_host(value: str) -> bool:
    """Returns True for a host with a subdomain or a path. Two words with a dot between could be a password."""
    value = value.strip("\"'<>()").rstrip(_PUNCTUATION)
    host = _host_of(value)
    return host is not None and (host[0].count(".") > 1 or value[host.end() : host.end() + 1] == "/")


def is_file(value: str) -> bool:
    """Returns True for the name of a file, with or without its folder."""
    return bool(_FILE.fullmatch(value.strip("\"'<>()*_").rstrip(_PUNCTUATION)))


def is_web_address(value: str) -> bool:
    """Returns True for an address with a scheme."""
    return bool(_ADDRESS.match(value))


def gives_access(value: str) -> bool:
    """Returns True for a web address that is secret itself, where it is named as one ("password: https://...").

    It has a part that looks like a token, or it is a password that looked like a host and was made a link by Slack.
    """
    if written := _WRITTEN_BY_SLACK.match(value):
        return not is_host(written[1])
    address = _ADDRESS.match(value)
    if not address:
        return False
    bare = "." not in address["host"] and any(map(str.isdigit, address["host"]))
    return bare or any(is_token(part, changes=2) for part in _SEGMENT.findall(address["rest"]))


def is_token(part: str, *, changes: int) -> bool:
    """Returns True for letters and digits in no order that a word and a number have.

    `changes`: the least number of changes between letters and digits, where all letters are of one case.
    """
    digits = sum(map(str.isdigit, part))
    if digits < 2 or len(part) - digits < 2:
        return False
    changed = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(part))
    mixed = any(map(str.isupper, part)) and any(map(str.islower, part))
    return changed >= changes or (mixed and changed >= 2)

"""Redaction: secrets that are marked, and ordinary text that stays."""

from __future__ import annotations

import copy
import string
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import iban, luhn

from bot.helpdesk.redaction import Kind, SafeText, compose, findings, redact, safe_join
from bot.helpdesk.redaction.vendors import TOKEN_FORMATS, TokenFormat
from tests.growth import grows_with_the_length_only

# --- Secrets: the text, and the part of it that must be removed ---

TOLD_IN_WORDS = [
    ("password: hunter2", "hunter2"),
    ("Password : hunter2", "hunter2"),
    ("my password is hunter2!", "hunter2"),
    ("my password is: hunter2", "hunter2"),
    ("my password's hunter2", "hunter2"),
    ("my password is swordfish", "swordfish"),
    ("password: sunshine", "sunshine"),
    ('my password is "correct horse"', "horse"),
    ("the pw is hunter2.", "hunter2"),
    ("username mia password hunter2", "hunter2"),
    ("user: mia pass: hunter2", "hunter2"),
    ("the password for the VPN is hunter2 and it fails", "hunter2"),
    ("password for mia@example.com is hunter2", "hunter2"),
    ("my password for outlook: hunter2", "hunter2"),
    ("password is currently hunter2", "hunter2"),
    ("password is 123456", "123456"),
    ("password 123456", "123456"),
    ("please set my password to hunter2", "hunter2"),
    ("I changed my password from hunter2 to Autumn24", "hunter2"),
    ("I changed my password from Autumn24 to hunter2", "hunter2"),
    ("tried passwords Autumn24, hunter2", "hunter2"),
    ("my old password was Autumn24, the new one is hunter2", "hunter2"),
    ("hunter2 is my password", "hunter2"),
    ("I typed hunter2 as my password", "hunter2"),
    ("Password:\nhunter2", "hunter2"),
    ("Username\nmia\nPassword\nhunter2", "hunter2"),
    ("login: mia / hunter2", "hunter2"),
    ("mia@example.com / hunter2", "hunter2"),
    ("Passwort: Sommer2024", "Sommer2024"),
    ("mein Passwort lautet Sommer2024!", "Sommer2024"),
    ("mot de passe : azerty12", "azerty12"),
    ("şifrem 12345abc", "12345abc"),
    ("passphrase: correct horse battery staple", "battery"),
    ("my seed phrase is witch collapse practice feed", "collapse"),
    ("PIN 4711", "4711"),
    ("my pin is 4711", "4711"),
    ("pin code: 4711", "4711"),
    ("OTP 123456", "123456"),
    ("the verification code is 123 456", "123 456"),
    ("CVV: 123", "123"),
    ("api key is 9f8d7c6b5a4e3f2d", "9f8d7c6b"),
    ("The secret key: AbCdEfGh12345", "AbCdEfGh12345"),
]
ASSIGNED = [
    ("pwd=hunter2&user=mia", "hunter2"),
    ("Server=db;Password=hunter2;Database=x", "hunter2"),
    ("PASSWORD='hunter2'", "hunter2"),
    ('export DB_PASSWORD="hunter2"', "hunter2"),
    ("dbPassword: hunter2", "hunter2"),
    ('password: str = "hunter2"', "hunter2"),
    ('{"password": "hunter2", "user": "mia"}', "hunter2"),
    (r"{\"password\":\"hunter2\"}", "hunter2"),
    ('{"password": "a\\"bc", "user": "mia"}', "bc"),
    ('{"password": "secure"}', "secure"),
    ("<password>hunter2</password>", "hunter2"),
    ("| password | hunter2 |", "hunter2"),
    ("password => hunter2", "hunter2"),
    ("--password hunter", "hunter"),
    ("sshpass -p hunter2 ssh mia@host", "hunter2"),
    ("curl -u mia:hunter2 https://host.example", "hunter2"),
    ("api_key=abcdef", "abcdef"),
    ("apiKey: abcdef", "abcdef"),
    ("X-API-Key: abcd1234", "abcd1234"),
    ("token = abcd1234", "abcd1234"),
    ("access_token=abc.def-123", "abc.def-123"),
    ("client_secret: aaaabbbbcccc", "aaaabbbbcccc"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4==;Endpoint=x", "Zm9vYmFyYmF6cXV4"),
    ("Authorization: Bearer abc", "abc"),
    ("Authorization: Basic bWlhOmh1bnRlcjI=", "bWlhOmh1bnRlcjI"),
    ("basic bWlhOmh1bnRlcjI=", "bWlhOmh1bnRlcjI"),
    ("Bearer abcdefghijklmnopqrstuvwxyz", "abcdefghijklm"),
    ("Cookie: session=abc123; theme=dark", "abc123"),
]
IN_ADDRESSES = [
    ("https://mia:hunter2@host.example/x", "hunter2"),
    ("postgres://desk:p@ss/w@db:5432/desk", "p@ss/w"),
    ("redis://:hunter2@cache", "hunter2"),
    ("https://hooks.slack.com/services/T0000/B0000/abcdEFGH", "abcdEFGH"),
    ("https://x.example/blob?sv=1&sig=abcdefGHIJKL%2Bmnop12", "abcdefGHIJKL"),
]
NUMBERS = [
    ("4111111111111111", "4111111111111111"),
    ("4111 1111 1111 1111", "1111 1111"),
    ("my card 4111-1111-1111-1111 12/27 123", "1111-1111"),
    ("3782 822463 10005", "822463"),
    ("card4111111111111111x", "4111111111111111"),
    ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "1 1 1 1"),
    ("４１１１ １１１１ １１１１ １１１１", "１１１１"),
    ("DE89 3704 0044 0532 0130 00 please", "3704"),
    ("IBAN:DE89370400440532013000", "370400"),
    ("gb82west12345698765432", "12345698"),
    ("TR33 0006 1005 1978 6457 8413 26", "5197"),
]
WRAPPED = [
    ("*Password:* `hunter2`", "hunter2"),
    ("_password_: *hunter2*", "hunter2"),
    ("> password: hunter2", "hunter2"),
    ("• Password: hunter2", "hunter2"),
    ("(password: hunter2)", "hunter2"),
    ("password: ```hunter2```", "hunter2"),
    ("password:\n```\nhunter2\n```", "hunter2"),
    ("password: “hunter2”", "hunter2"),
    ("password: <mailto:P@ss.word|P@ss.word>", "P@ss"),
    ("pass\u200bword: hun\u200bter2", "hun"),
    ("password：hunter2", "hunter2"),
    ("xo\u2060xb-1234567890-abc\u200bdef", "1234567890"),
    ("`ghp_abcdefghijklmnopqrstuvwxyz0123456789`", "abcdefghijkl"),
]


def by_text(cases: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(text, secret, id=ascii(text[:40])) for text, secret in cases]


@pytest.mark.parametrize(("text", "secret"), by_text([*TOLD_IN_WORDS, *ASSIGNED, *IN_ADDRESSES, *NUMBERS, *WRAPPED]))
def test_a_secret_goes(text: str, secret: str) -> None:
    safe = redact(text)

    assert secret not in safe
    assert "[redacted: " in safe


# Built from halves, so that no secret scanner reports this file.
TOKENS = {
    "slack bot": "xoxb-" + "123456789012-abcdefABCDEF",
    "slack user": "xoxp-" + "123456789012-123456789012-abcdef",
    "slack app": "xapp-" + "1-A0123456789-1234567890123-abcdef",
    "slack rotated": "xoxe." + "xoxp-1-Mi0yLTEyMzQ1Njc4OTA",
    "github": "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github oauth": "gho_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github app user": "ghu_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github app": "ghs_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github refresh": "ghr_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github fine-grained": "github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
    "gitlab": "glpat-" + "abcdefghijklmnopqrst",
    "aws": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws session": "ASIA" + "IOSFODNN7EXAMPLE",
    "google": "AIza" + "SyA-abcdefghijklmnopqrstuvwxyz0123456",
    "google oauth": "ya29." + "a0AfH6SMBabcdefghijkl",
    "stripe": "sk_live_" + "abcdefghijklmnop12345678",
    "stripe restricted": "rk_live_" + "abcdefghijklmnop12345678",
    "stripe test": "sk_test_" + "abcdefghijklmnop12345678",
    "openai": "sk-" + "proj-abcdefghijklmnopqrstuvwxyz012345",
    "anthropic": "sk-" + "ant-api03-abcdefghijklmnopqrstuvwxyz012345",
    "sendgrid": "SG." + "abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "npm": "npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "pypi": "pypi-" + "AgEIcHlwaS5vcmcCJGFiY2RlZmdoaWprbG1ub3A",
    "hubspot": "pat-" + "eu1-12345678-abcd-ef01-2345-6789abcdef01",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
@pytest.mark.parametrize("around", ["{}", "my key {} fails", "_{}_", "a={}&b=c", "(`{}`)", "https://{}@host.example/x"])
def test_a_token_is_known_by_its_looks(token: str, around: str) -> None:
    safe = redact(around.format(token))

    assert token not in safe
    assert token[-8:] not in safe


FORMATS = st.sampled_from(TOKEN_FORMATS).flatmap(lambda one: st.tuples(st.just(one), st.from_regex(one.pattern)))


@given(FORMATS)
def test_what_is_looked_for_first_is_in_every_token(format_and_text: tuple[TokenFormat, str]) -> None:
    token_format, text = format_and_text
    match = token_format.pattern.search(text)

    assert match is not None
    assert any(needed in match[0] for needed in token_format.needed)


BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\nc2gtZWQyNTUxOQAAACB4\n"
KEYS = {
    "openssh": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}-----END OPENSSH PRIVATE KEY-----",
    "pem": f"-----BEGIN PRIVATE KEY-----\n{BODY}-----END PRIVATE KEY-----",
    "rsa": f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{BODY}-----END RSA PRIVATE KEY-----",
    "pgp": f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{BODY}-----END PGP PRIVATE KEY BLOCK-----",
    "ssh2": f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{BODY}---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    "putty": f"PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 2\n{BODY}Private-MAC: 0123456789abcdef",
    "one line": f"-----BEGIN PRIVATE KEY-----\\n{BODY.replace(chr(10), chr(92) + 'n')}-----END PRIVATE KEY-----",
    "quoted": f"> -----BEGIN PRIVATE KEY-----\n> {BODY}> -----END PRIVATE KEY-----",
    "typographic dashes": f"—–BEGIN PRIVATE KEY—–\n{BODY}—–END PRIVATE KEY—–",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_private_key_goes_and_the_words_around_it_stay(key: str) -> None:
    safe = redact(f"This is my key:\n{key}\nIt is not accepted.")

    assert safe in {f"This is my key:\n{lead}[redacted: private key]\nIt is not accepted." for lead in ("", "> ")}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("left", [0.4, 0.7])
def test_a_private_key_without_its_end_goes(key: str, left: float) -> None:
    safe = redact(key[: int(len(key) * left)])

    assert "b3BlbnNz" not in safe


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("my password is hunter2, sorry", "my password is [redacted: password], sorry"),
        ("PIN 4711", "PIN [redacted: pin]"),
        ("CVV 123", "CVV [redacted: security code]"),
        ("api_key=abcdef", "api_key=[redacted: api key]"),
        ("token = abcd1234", "token = [redacted: token]"),
        ("client_secret: aaaabbbb", "client_secret: [redacted: secret]"),
        ("card 4111 1111 1111 1111 12/27", "card [redacted: card number] 12/27"),
        ("to DE89 3704 0044 0532 0130 00", "to [redacted: iban]"),
        ("https://mia:hunter2@host/x", "https://mia:[redacted: password]@host/x"),
        ("https://hooks.slack.com/services/T/B/x", "https://hooks.slack.com/services/[redacted: webhook address]"),
        ("password: " + TOKENS["slack bot"], "password: [redacted: token]"),
        ('{"password": "a\\"b", "user": "mia"}', '{"password": "[redacted: password]", "user": "mia"}'),
    ],
)
def test_the_mark_says_what_was_there(text: str, safe: str) -> None:
    assert redact(text) == safe


# --- Ordinary text ---

ORDINARY = """
How do I reset my password?
I forgot my password, can you help me?
My password expired yesterday and I cannot log in.
My password is not working
My password is really hard to remember
my password is broken
My password is locked since 9:30 today
The password is not accepted by the VPN client.
The password must be 12 characters long and contain 1 digit
my password is 12 characters long
password is valid for 90 days
Does the password expire every 90 days?
password: how do I change it?
Password: forgotten
Subject: Password reset needed
What is the password for the guest wifi?
Is the password the same as for Windows 10?
the password to Office365 is broken
I changed my password to a new one and now Outlook asks again
The password manager is 1Password
My password: see https://intranet.example/help
he told me the password and 2 minutes later it worked
password: ********
password = ""
password: [redacted: password]
Mein Passwort ist abgelaufen, bitte zurücksetzen
Das Passwort muss 12 Zeichen lang sein
Where can I find my API key?
API key: where do I find it?
The API key is stored in the vault
The token expires after 3600 seconds
token: invalid
max_tokens = 4096 and token_type=bearer
Secret Santa is on Friday
Secret: Santa
primary key = id
keyboard: QWERTZ
The secretary is on holiday: who signs?
My phone PIN is blocked
the PIN is 4 digits long
Please pin this message
please pin 2024 roadmap
Boarding pass: gate 12
Login fails: error 0x80070005
user/password combination is wrong
Authorization: manager approval is required
Basic questions about Bearer authentication
Risk-based task-list for desk-sharing, ask-me-anything
See https://intranet.example/reset?user=mia for details
https://example.com:8443/path@2x.png
git@github.com:example/repo2.git
Mia, mia@example.com | 0151 2345678
Order 4111111111111112 has not arrived
Order number 1234567890123456
Call me at +49 151 2345 6789 or +4111111111111111
My IBAN DE89370400440532013001 is wrong on the payslip
Message 1712345678.123456 in C0123456789
uppzy_session_id: 6f1e6a6e-7a0b-4a52-8c1d-1f1e6a6e7a0b
Commit 9fceb02d0ae598e95dc970b74767f19372d61af8 broke the build
AKIA is a prefix, so are xoxb- and sk-
Which file starts with -----BEGIN PRIVATE KEY----- ?
my new laptop is a Dell5520
error code 500 in the access log
""".strip().splitlines()


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


@given(st.lists(st.sampled_from("the printer on floor two is out of paper since Monday, please send somebody".split())))
def test_unrelated_text_is_unchanged(words: list[str]) -> None:
    text = " ".join(words)

    assert redact(text) == text


# --- Properties of every text ---

SNIPPETS = st.sampled_from(
    [
        *(text for text, _ in [*TOLD_IN_WORDS, *ASSIGNED, *IN_ADDRESSES, *NUMBERS, *WRAPPED]),
        *TOKENS.values(),
        *KEYS.values(),
        *(kind.mark for kind in Kind),
        *"password is : = ' \" ` < > [redacted: -----BEGIN 4111 DE89 \u200b \n sk- eyJ :// @ &".split(" "),
    ]
)
TEXTS = st.lists(SNIPPETS | st.text(max_size=20), max_size=8).map("".join) | st.text()


@given(TEXTS)
@example("password: [redacted: password]4111111111111111")
@example("AKIAIOSFODNN7EXAMPLE" * 3)
def test_redacting_twice_changes_nothing(text: str) -> None:
    safe = redact(text)

    assert findings(safe) == ()
    assert redact(str(safe)) == safe


@given(TEXTS)
def test_findings_are_in_order_inside_the_text_and_apart(text: str) -> None:
    found = findings(text)

    ends = [0, *(finding.end for finding in found)]
    assert all(end <= finding.start < finding.end <= len(text) for end, finding in zip(ends, found, strict=False))


def cards() -> st.SearchStrategy[str]:
    payload = st.text(string.digits, min_size=14, max_size=14)
    return payload.map(lambda digits: f"4{digits}{luhn.calc_check_digit('4' + digits)}")


def grouped(number: str) -> str:
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def ibans() -> st.SearchStrategy[str]:
    account = st.text(string.digits, min_size=18, max_size=18)
    return account.map(lambda digits: f"DE{iban.calc_check_digits('DE00' + digits)}{digits}")


ALPHABET = string.ascii_letters + string.digits
SECRETS = st.one_of(
    cards(),
    cards().map(grouped),
    ibans(),
    ibans().map(grouped),
    st.text(ALPHABET, min_size=36, max_size=36).map("ghp_{}".format),
    st.text(ALPHABET, min_size=24, max_size=24).map("xoxb-123456789012-{}".format),
    st.text(string.ascii_uppercase + "234567", min_size=16, max_size=16).map("AKIA{}".format),
    st.text(ALPHABET + "+/", min_size=64, max_size=64).map(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----".format
    ),
)
# No digits or letters directly beside a secret, because they would make another number of it.
AROUND = st.lists(st.sampled_from([*ORDINARY, "\n", "*", "`", "é", "🙂", "\u200b"]), max_size=3).map("".join)


@given(AROUND, SECRETS, AROUND)
def test_a_secret_never_survives_in_any_surrounding(before: str, secret: str, after: str) -> None:
    safe = redact(f"{before}\n{secret}\n{after}")

    assert secret not in safe


@given(AROUND, st.text(ALPHABET + "!$%#", min_size=3, max_size=20), AROUND)
def test_a_password_with_digit_and_letter_never_survives_its_name(before: str, rest: str, after: str) -> None:
    secret = f"x7{rest}"

    safe = redact(f"{before}\nmy password is {secret}\n{after}")

    assert secret not in safe


ADVERSARIES = {
    "letters": "a",
    "names": "password ",
    "assignments": "password=",
    "open quotes": 'pw: "',
    "digits": "4441 ",
    "dashes": "-",
    "token values": "token=a",
    "key beginnings": "-----BEGIN PRIVATE KEY-----\n",
    "account numbers": "DE00 3704 ",
    "prefixes": "sk-",
    "addresses": "://a:",
    "marks": "[redacted: password] ",
    "invisible": "a\u200b",
    "runs": "aB3",
    "segments": "ab_",
    "mail addresses": "a:b@",
    "parameters": "&key=a",
    "magic links": "https://a/reset/",
    "commands": "curl -u ",
    "pipes": "echo a | ",
    "tables": "a|password|b\n1|2|3\n",
    "codes": "backup codes 1234 ",
    "pins": "PIN 1 ",
    "digits in words": "pin is one two ",
    "keys in groups": "key ABCD-1234-",
    "languages without spaces": "密码aaaa",
    "slips": "passwrd: ",
    "sayings": "passwort ist das mein ",
    "phrases": "seed phrase: a b c ",
    "fields apart": '"name": "password", "value": "',
    "encoded keys": "LS0tLS1CRUdJTi",
    "key bodies": "MIIEpAIBAAKCAQEA",
    "digits below each other": "4\n",
    "entities": "&amp;",
    "emoji": ":one:",
    "lines": "password:\n",
    "values beside": "password hunter2 ",
    "options": "tool --my-password x ",
}


LONG = 20_000
LONGEST = 40_000
MOST_STEPS = 300_000


@pytest.mark.parametrize("piece", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_the_work_grows_with_the_length_only(piece: str) -> None:
    """Searches texts with thousands of possible starts, where a look-ahead from each would take hours."""
    assert grows_with_the_length_only(findings, lambda size: piece * (size // len(piece)), LONG)


@pytest.mark.parametrize("piece", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_a_long_text_takes_a_bounded_number_of_steps(piece: str) -> None:
    findings(piece * 100)  # fills caches, such as that of compiled patterns

    assert _steps((piece * LONGEST)[:LONGEST]) < MOST_STEPS


def _steps(text: str) -> int:
    """Returns the number of calls of Python and C functions in a search, the search of a pattern being one."""
    steps = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        findings(text)
    finally:
        sys.setprofile(None)
    return steps


def test_the_rest_of_a_text_with_far_too_many_names_is_replaced_as_a_whole() -> None:
    safe = redact("\n".join(f"password: hunter{number}" for number in range(1_000)))

    assert "hunter" not in safe
    assert len(safe.splitlines()) < 500


def test_the_work_on_text_that_is_marked_grows_with_the_length_only() -> None:
    piece = "password is a://:"

    assert "a://" in redact(piece * 100)
    assert grows_with_the_length_only(redact, lambda size: piece * (size // len(piece)), LONG)


# --- The type ---


def test_safe_text_cannot_be_made_without_redaction() -> None:
    with pytest.raises(TypeError, match="redact"):
        SafeText("password: hunter2", object())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        SafeText("password: hunter2")  # type: ignore[call-arg]


def test_operations_on_a_safe_text_return_an_ordinary_one() -> None:
    safe = redact("all is well")

    assert type(safe) is SafeText
    assert type(safe + " password: hunter2") is str
    assert type(f"{safe}!") is str
    assert type(safe[:3]) is str


def test_a_safe_text_survives_copying() -> None:
    safe = redact("all is well")

    assert copy.deepcopy(safe) is safe
    assert copy.copy(safe) is safe


def test_a_template_of_ours_takes_safe_parts() -> None:
    whole = compose("{name} asked: {question}", name=redact("Mia"), question=redact("my PIN is 4711"))

    assert whole == "Mia asked: my PIN is [redacted: pin]"
    assert type(whole) is SafeText


def test_harmless_parts_that_make_a_secret_together_are_caught() -> None:
    assert compose("Password: {value}", value=redact("sunshine")) == "Password: [redacted: password]"
    assert safe_join(" ", [redact("4111 1111"), redact("1111 1111")]) == "[redacted: card number]"


def test_joining_keeps_the_type() -> None:
    joined = safe_join("\n", [redact("one"), redact("two")])

    assert joined == "one\ntwo"
    assert type(joined) is SafeText


def test_findings_say_where_in_the_original_text() -> None:
    text = "pass\u200bword: hun\u200bter2, thanks"

    (found,) = findings(text)

    assert found.kind is Kind.PASSWORD
    assert text[found.start : found.end] == "hun\u200bter2"

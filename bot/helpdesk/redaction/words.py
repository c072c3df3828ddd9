"""Which words after "password is" or "token:" are the secret, and which are only said about it."""

from __future__ import annotations

import re

_PLACEHOLDERS = """
blank bool boolean bytes empty false hidden int integer masked n/a nil no none null number optional passphrase
password passwort redacted removed required secret str string tbd text todo token true undefined unset value
yes
"""
_FUNCTION_WORDS = """
a about above after again ago all almost already also always am an and another any anymore anyone anything
anyway are as ask at away back be because been before being below between both but by can can't cannot come
could couldn't did didn't do does doesn't don't done down during each either else even ever every everyone
everything except few for from get gets give given go goes gone got had has have haven't having he hello help
her here hers hi him his how i i'd i'm i've if in instead into is isn't it it's its just know last later least
less let like likely link lots made make makes many maybe me mean might mine more most much must my myself
need needs neither never new next nobody nor not nothing now nowhere of off often ok okay old on once one only
onto or other our ours out over own per perhaps please probably quite rather really reset right same see seem
seems set several she should shouldn't since so some somebody someone something sometimes somewhere soon sorry
still such sure than thank thanks that that's the their theirs them then there there's these they they're this
those though through till to today together tomorrow tonight too twice two under unless until up upon us use
used user username very via want was wasn't way we we're well went were what what's when where whether which
while who whoever whom whose why will with within without won't worse worst would wouldn't write yesterday yet
you you're your yours
"""
_SAID_ABOUT_PASSWORDS = """
able access account active age authentication auto automatic bad basic bearer best better bigger bit
blank box broken button case change changer character characters chosen client code common complete complex
compromise confidential correct created credential dead default different difficult digits due easy email
error exactly expiration expire expires expiry facing fails failure field fine forget forgets forgot forgotten
form free full generator gone good hard hash held help hidden hint history identical ill important impossible
inactive incorrect insecure internal invalid kept key known lame late leaked length limited listed local lock
login long longer lost main manager matching minimum missing mistyped near necessary normal obsolete obvious
ok outdated page part personal plain policies policy poor possible preset prompt proper public question quick
random ready reminder request requirement requirements resets rotate rotation rule rules safe scope screen
secure security seen sent service set settings shaken shared short shown similar simple single size slow
somehow special specific stale standard static stolen store strange strength strong stuck stupid swapped sync
synced taken temporary terrible ticket tied tiny tough trouble true type typical ugly unclear unique unknown
unlock unsafe unset update urgent useless valid vault via visible vulnerable weak weird written wrong zero
"""
_GERMAN = """
abgelaufen alt auch bereits bitte dann das dem den der die doch ein eine einem einen er es falsch für gesetzt
gesperrt geändert gleich gültig hier ich ihr immer ist ja jetzt kein keine korrekt kurz lang leer läuft mehr
mein mir mit muss nein neu nicht nie noch nur nötig oder richtig schon schwach schwer sehr sein seit sicher
sie unbekannt ungültig unser unsicher vergessen verloren vom von war weg wie wieder wir wird wo wurde zu zum
zur zurückgesetzt zurücksetzen
"""
PLACEHOLDERS = frozenset(_PLACEHOLDERS.split())
_ORDINARY = PLACEHOLDERS.union(_FUNCTION_WORDS.split(), _SAID_ABOUT_PASSWORDS.split(), _GERMAN.split())
_ENDINGS = ("ed", "ing", "able", "ible", "ly", "n't")
_LONGEST = 20

# Names with a digit in them that people write beside "password" all day.
_PRODUCTS = re.compile(
    r"(?:o|m|office|microsoft|dynamics|d)[ -]?365|(?:win|windows|w)(?:7|8|10|11)|[1-5]fa|s/?4(?:hana)?|r/?3|1password|"
    r"oauth2?|saml2?|sha-?\d+|md5|base(?:32|64)|utf-?\d+|bcrypt|aes-?\d+|rsa-?\d+|ipv?[46]|wpa[23]?|k8s|s3|ec2|"
    r"v?\d{1,2}(?:\.\d{1,3}){1,3}|\d{1,2}[:.]\d{2}(?:am|pm)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|"
    r"\d{1,3}(?:st|nd|rd|th|x|h|d|am|pm|%)|"
    r"\d{1,2}-(?:char|character|digit|day|hour|minute|month|year)s?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?(?:https?|ftp)://|<[@#!]", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_UNIT = re.compile(
    r"[ \t-]{1,3}(?:to[ \t]\d+[ \t])?(?:char|digit|letter|symbol|number|word|second|minute|hour|day|week|month|year|"
    r"time|attempt|bit|byte|of[ \t]|zeichen|stellen|tag|woche|monat|jahr)",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether this stands where no value is."""
    return _bare(value) in PLACEHOLDERS or not any(character.isalnum() for character in value)


def is_ordinary(value: str) -> bool:
    """Whether this is a word one would say about a password rather than the password."""
    word = _bare(value)
    inflected = len(word) <= _LONGEST and word.isalpha() and word.endswith(_ENDINGS)
    return inflected or word in _ORDINARY or is_placeholder(value)


def is_address(value: str) -> bool:
    """Whether this is a web address or a mention in Slack's writing. A mail address could be a password."""
    return bool(_ADDRESS.match(value))


def is_product(value: str) -> bool:
    """Whether this is a name, version, time or measure that has a digit in it."""
    return bool(_PRODUCTS.fullmatch(value.strip("()[]{}<>.,;:!?\"'`*_~")))


def counts_something(value: str, rest: str) -> bool:
    """Whether this is a small number with its unit behind it, as in "8 characters"."""
    return value.rstrip("+").isdigit() and len(value) <= 3 and bool(_UNIT.match(rest))


def looks_secret(value: str) -> bool:
    """Letters and digits together, a run of digits, or a symbol amid or behind the letters: no word of a sentence."""
    core = value.strip(".,;:?()[]{}<>\"'`*_~…")
    digits = sum(map(str.isdigit, core))
    symbols = any(character in "!@#$%^&*+=~|?" for character in core)
    return len(core) >= 4 and (digits >= 4 or 0 < digits < len(core) or (symbols and not _MAIL.fullmatch(core)))


def _bare(value: str) -> str:
    return value.strip("()[]{}<>.,;:!?\"'`*_~-…").replace("’", "'").casefold()

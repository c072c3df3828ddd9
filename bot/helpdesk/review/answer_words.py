"""The words of an answer that carry its meaning, to tell another answer from another layout of the same one.

Layout is what Markdown writes around words, punctuation, capitals, typographic quotes, emoji, and short words without a
meaning of their own: articles, pronouns, forms of "be" and "have", "and", "please". Everything else counts, in its
order: prepositions ("log on" is not "log off"), negations, numbers with their signs and units, addresses and paths.
"""

from __future__ import annotations

import html
import re
import unicodedata

_WITHOUT_MEANING = frozenset(
    """
    a am an and are be been being can could did do does done had has have he i is it its just me my our please
    she simply so that the their them then there these they this those us very was we were will would you your
    aber auch bin bist bitte das dass dein deine dem den der des die du ein eine einem einen einer eines einfach
    er es hab habe haben hat ich ihr ihre ihrem ihren ihrer ist kann können man mein meine seid sein sich sie
    sind uns unser unsere und waren werden wird wir wurde wurden
    au aussi aux avez avoir ce cela ces cet cette d de des du elle elles en est et été être il ils j je l la le
    les leur leurs m ma mes mon nos notre nous plaît peut peuvent pouvez puis qu que qui s sa ses simplement
    sont svp t te tu un une veuillez vos votre vous y
    del e el ella ellas ellos era está están estar ha han haber le lo los mi mis nosotros nuestra nuestro puede
    pueden se ser son su sus también tus una unas uno unos usted ustedes yo
    """.split()  # English, German, French, Spanish
)

_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
# Marks at the beginning of a line, several of which may follow each other: "> 1. **".
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:>|#{1,6}|[-*+•·–—]|\d{1,2}[.)]|\[[ xX]\])[ \t]+|>)+", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\(<?([^\s)>]+)>?(?:\s+\"[^\"\n]*\")?\)")
_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|h[1-6]|hr|i|li|ol|p|pre|s|span|strong|table|tbody|td|th|thead|tr|u|ul)\b[^>]*>"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NEGATION = re.compile(r"\b([a-z]+)n(?:'t|(?<=\bcan)not)\b")
_SHORTENED = {"ca": "can", "sha": "shall", "wo": "will"}
_ELISION = re.compile(r"(?<=\w)'(?:s|re|ve|ll|d|m)\b|\b(?:l|d|j|m|t|s|c|qu)'(?=\w)")
_UNIT = re.compile(r"(?<=\d)\s+(?=[%‰°$€£¥])|(?<=[$€£¥])\s+(?=\d)")
_SEPARATORS = re.compile(r"[\s|—–…]+")
_AROUND = "\"'“”‘’«»„‚‹›()[]{}<>*_~`.,;:!?¿¡•·…#"


def meaningful_words(answer: str) -> tuple[str, ...]:
    """Returns the words that carry the meaning of an answer in Markdown, in their order."""
    text = _FENCE.sub("", html.unescape(answer).replace("\r\n", "\n"))
    text = _LINE_MARK.sub("", text)
    text = _ESCAPED.sub(r"\1", _TAG.sub(" ", _LINK.sub(r"\1 \2", text)))
    text = _UNIT.sub("", text.replace("**", "").replace("~~", ""))
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    text = _ELISION.sub(" ", _NEGATION.sub(_spelled_out, text))
    words = (_word(chunk) for chunk in _SEPARATORS.split(text))
    return tuple(word for word in words if word and word not in _WITHOUT_MEANING)


def _spelled_out(negation: re.Match[str]) -> str:
    """Spells out "can't", "cannot" and "don't"."""
    return f"{_SHORTENED.get(negation[1], negation[1])} not"


def _word(chunk: str) -> str:
    """Returns a word without the punctuation around it; none for marks and emoji alone."""
    kept = chunk.strip(_AROUND)
    if not any(map(str.isalnum, kept)):
        return ""
    return kept if any(map(str.isdigit, kept)) or "/" in kept or "@" in kept else kept.replace("-", "")

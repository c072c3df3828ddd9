"""Short messages after a resolution: thanks, yes, no, unclear, or a request for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.handoffs.thanks import Remark, remark_of, score_in
from bot.helpdesk.model.handoff import Score

THANKS = [
    "Thanks!",
    "Danke!",
    "👍",
    "perfect",
    "works now, thx",
    "merci beaucoup",
    "teşekkürler",
    "ありがとう",
    ":+1:",
    "🙏",
    "ok great",
    "gracias",
    "obrigado",
    "grazie",
    "dank je wel",
    "dzięki",
    "спасибо",
    "شكرا",
    "شكراً جزيلاً",
    "谢谢",
    "谢谢你!",
    "thankss",
    "tysm",
    "thank u",
    "thank you so much for your quick help!",
    "Thanks Ada!",
    "Thank you so much, Ben Carter",
    "Danke Herr Müller",
    "vielen Dank für die schnelle Hilfe",
    "Funktioniert jetzt, danke",
    "Super, danke dir!",
    "Perfekt 👍",
    "👍🏽",
    "🙏🙏🙏",
    ":pray::skin-tone-3:",
    "Thanks :)",
    "thx :D",
    "thanks @U0ADA1",
    "cheers mate",
    "yes, it works",
    "Yes thanks",
    "all good",
    "it works",
    "works like a charm",
    "problem solved",
    "Ça marche, merci",
    "muchas gracias por la ayuda",
    "çok teşekkürler",
    "teşekkür ederim",
    "sağol",
    "감사합니다",
    "ありがとうございました！",
    "cảm ơn",
    "tnx",
    "thakns",
    "thnaks a lot",
    "No problem, thanks",
    "no worries",
    "<3",
    "Thanks again!",
    "great, that did the trick",
    "kiitos",
    "tack så mycket",
    "köszi",
    "THANKS!!!",
    "thank youuu",
    "perfect!!",
    "awesome 🎉",
    "danke schön 😊",
    "Danke euch, schönes Wochenende!",
    "ok thanks",
    "yep solved",
    "❤️",
    "tysm ❤️",
    "thanks 😅",
    "it is working again, many thanks",
    "I can log in again, thank you",
    "not broken anymore, thanks",
    "you can close the ticket",
    "no further questions",
    "thanks for sorting this out so quickly",
    "kein Fehler mehr, danke",
    "keine Probleme mehr",
    "Jetzt geht's",
    "plus de problème, merci",
    "sin problemas, gracias",
    "всё ок",
    "已经解决了，谢谢",
    "잘 됩니다 감사합니다",
    "شكراً، تم حل المشكلة",
    "thanks for your help today!",
    "It works, Ada!",
]
UNCLEAR = [
    "ok",
    "hm",
    "?",
    "it works?",
    "😡",
    "thanks?",
    "no thanks",
    "hello",
    "...",
    "!",
    "👀",
    "🤔",
    "thanks :(",
    "okay",
    "thanks, the projector flickers in room five",
    "okay.",
    "Thanks, done with the report by Monday",
    "hmm ok",
    "thanks 😡",
    "thanks :rage:",
    "perfect 🙄",
    "thanks in advance",
    "danke im voraus",
    "It worked yesterday",
    "It worked for a minute",
    "works for now",
    "works intermittently",  # no name
    "thanks, waiting",
    "Have a great weekend!",
    "works, kind of",
    "works for Tom",
    "done, and the mouse",
    "I can work again in the office",
    "thanks Monday",
    "👍👎",
]
WORDS = [
    "Thanks, but it still doesn't work",
    "Thanks! One more thing: my mail",
    "thanks, now outlook is broken",
    "Danke, aber geht nicht",
    "merci mais ça ne marche pas",
    "gracias, pero sigue igual",
    "teşekkürler ama çalışmıyor",
    "The printer is broken",
    "help",
    "still not working",
    "thanks for nothing",
    "danke für nichts",
    "merci pour rien",
    "gracias por nada",
    "yes, the printer",
    "is it working",
    "not working",
    "Thanks! Can you also reset Ben's?",
    "no funciona",
    "thanks anyway",
    "it doesnt work",
    "спасибо, но не работает",
    "ありがとう、でもまだ動きません",
    "谢谢，但是还是不行",
    "How do I reset my password?",
    "works, but only sometimes",
    "nothing works",
    "my problem",
    "thanks however i cannot login",
]
YES = [
    "yes",
    "ja",
    "Yep!",
    "oui",
    "evet",
]
NO = [
    "no",
    "👎",
    ":-1:",
    "nein",
    "Nope.",
    "hayır",
    ":thumbsdown:",
]


@pytest.mark.parametrize("text", THANKS)
def test_thanks_are_known_in_many_languages_and_spellings(text: str) -> None:
    assert remark_of(text) is Remark.THANKS


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_could_mean_anything_is_unclear(text: str) -> None:
    assert remark_of(text) is Remark.UNCLEAR


@pytest.mark.parametrize("text", WORDS)
def test_whoever_has_a_matter_has_not_only_thanked(text: str) -> None:
    assert remark_of(text) is Remark.WORDS


@pytest.mark.parametrize("text", YES)
def test_yes_is_yes(text: str) -> None:
    assert remark_of(text) is Remark.YES


@pytest.mark.parametrize("text", NO)
def test_no_is_no(text: str) -> None:
    assert remark_of(text) is Remark.NO


_SHORT_THANKS = ["Thanks", "Danke", "merci beaucoup", "gracias", "teşekkürler", "ありがとう", "спасибо", "perfect"]
_BUT = [
    ", but it still fails",
    " aber es geht nicht",
    " mais ça ne marche pas",
    " pero no funciona",
    " ama olmadı",
    "? How?",
]


@given(st.sampled_from(_SHORT_THANKS), st.sampled_from(_BUT))
def test_thanks_with_a_but_are_never_only_thanks(thanks: str, but: str) -> None:
    assert remark_of(thanks + but) is Remark.WORDS


@given(st.sampled_from(_SHORT_THANKS), st.sampled_from(["", "!", "!!!", " 🙏", " :+1:", " :)", ".", "…"]))
def test_signs_and_punctuation_take_nothing_from_thanks(thanks: str, sign: str) -> None:
    assert remark_of(thanks + sign) is Remark.THANKS


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert remark_of(text) in Remark


# Scores.


@pytest.mark.parametrize("form", ["{}", " {} ", "{}!", "{}.", "{}/5", "{} / 5", "{} of 5", "{} out of 5", "{} von 5"])
@pytest.mark.parametrize("score", Score)
def test_a_score_is_recognised_where_it_is_the_whole_message(score: Score, form: str) -> None:
    assert score_in(form.format(score)) is score


@pytest.mark.parametrize(
    "text",
    ["0", "6", "45", "-4", "4?", "4 laptops", "I need 3", "3 of 4", "4.5", "4,5", "1. restart", "4th", "", "five"],
)
def test_any_other_number_is_no_score(text: str) -> None:
    assert score_in(text) is None

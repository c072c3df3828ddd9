"""Repeated questions, and questions that only resemble an earlier one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.escalation import asks_again


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("How do I reset my VPN password?", "how do i reset my vpn password"),
        ("How do I reset my VPN password?", "How can I reset my VPN password???"),
        ("How do I reset my VPN password?", "Hi, I still need to reset my VPN password!"),
        ("How do I reset my VPN password?", "How do I reset my VPN pasword"),
        ("reset vpn password", "vpn password reset"),
        ("VPN not connecting", "My VPN is still not connecting."),
        ("I can't log in to my laptop", "cant login to my laptop"),
        ("Where is the holiday calendar?", "where's the holiday calendar please"),
        ("Printer on floor 3 is offline", "the printer on floor 3 is still offline"),
        ("How can I access the shared drive?", "how do I get access to the shared drive"),
        ("Can't connect to the wifi in Berlin", "I can’t connect my laptop to wifi in Berlin"),
        ("How do I book a meeting room?", "how to book meeting rooms"),
        ("Wie setze ich mein Passwort zurück?", "wie setze ich mein passwort zurueck"),
        ("密码怎么重置", "密码怎么重置？"),
        ("vpn does not connect", "cannot connect to VPN since yesterday"),
        ("Der Drucker ist offline", "drucker schon wieder offline seit heute morgen"),
        ("mot de passe vpn oublié", "j'ai oublié mon mot de passe pour le vpn"),
    ],
)
def test_nearly_the_same_words_are_the_question_again(earlier: str, later: str) -> None:
    assert asks_again(earlier, later)
    assert asks_again(later, earlier)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("thanks", "thanks"),
        ("ok", "ok"),
        ("OK great, thank you", "ok great thank you!"),
        ("sounds good", "sounds good"),
        ("yes please", "yes please"),
        ("", ""),
        ("👍", "👍"),
        (":+1: :tada:", ":+1: :tada:"),
        ("VPN", "VPN password"),
        ("How do I activate my account?", "How do I archive my account?"),
        ("How do I reset my VPN password?", "How do I reset my e-mail password?"),
        ("How do I reset my VPN password?", "How do I book a meeting room?"),
        ("How do I set up VPN access?", "How do I set up VDI access?"),
        ("How do I order a laptop?", "How do I return a laptop?"),
        ("install the Chrome browser", "uninstall the Chrome browser"),
        ("Konto sperren lassen", "Konto entsperren lassen"),
        ("contact of the hiring manager", "contact of the firing manager"),
        ("Who looks after the printer on floor 3?", "Who looks after the printer on floor 4?"),
        ("holiday calendar 2024", "holiday calendar 2025"),
        ("status of ticket INC0012345", "status of ticket INC0012346"),
        ("reset my password", "reset my password for the contractors' portal in India"),
    ],
)
def test_small_talk_and_another_question_are_no_repeat(earlier: str, later: str) -> None:
    assert not asks_again(earlier, later)
    assert not asks_again(later, earlier)


@given(st.text(max_size=60), st.text(max_size=60))
def test_repeating_works_both_ways(one: str, another: str) -> None:
    assert asks_again(one, another) == asks_again(another, one)


@given(st.lists(st.sampled_from(["printer", "paper", "jammed", "again", "please"]), max_size=8))
def test_a_question_with_something_to_tell_repeats_itself(words: list[str]) -> None:
    telling = [word for word in words if word not in ("again", "please")]

    assert asks_again(" ".join(words), " ".join(reversed(words))) == (len(telling) >= 2)

"""Messages that ask nothing, and short messages that do."""

from __future__ import annotations

import pytest

from bot.helpdesk.language import SmallTalk, Utterance, small_talk_in

GREETINGS = """
hi | Hi! | Hello there :wave: | hey hey
good morning | Good evening! | how are you? | Hi, how are you today? | what's up
who are you? | Who are you | what are you? | what's your name | are you a bot? | are you there? | what can you do?
test | testing | this is a test | hahaha | lol | hi bot
Hallo | Guten Morgen! | Moin moin | Wie geht's? | wer bist du? | bist du ein Roboter | was kannst du?
bonjour | Salut ! | ça va ? | qui es-tu ? | êtes-vous un robot ? | hola | Buenos días | ¿qué tal? | ¿quién eres?
ciao | buongiorno | chi sei? | olá | bom dia
quem é você? | hoi | goedemorgen | wie ben je? | dzień dobry | kim jesteś?
привет | Добрый день | кто ты? | merhaba | nasılsın
sen kimsin | こんにちは | あなたは誰ですか | 안녕하세요 | 누구세요
你好 | 您好，在吗 | 你是谁？ | مرحبا | السلام عليكم | من أنت؟
"""
ACKNOWLEDGEMENTS = """
ok | OK! | okay | k | cool | got it
all right | see you tomorrow | bye | alles klar | verstanden | tschüss | d'accord
au revoir | vale | de acuerdo | hasta luego | va bene | tudo certo
is goed | jasne | понятно | tamam | 了解です | 알겠습니다
好的 | حسنا
"""
NONSENSE = (
    "asdf | asdfasdf | qwerty | sdfsdf | qweasd | jkl | fdsa | x | aaaa | hjkhjk | kjhdfkjhsdf | asdf asdf | jklö"
)

QUESTIONS = """
vpn? | wifi down | printer | asap help | help | help me | hi vpn? | hello, my laptop is broken | ok but it still fails
hi, urgent! | hello I need a laptop asap | good morning, printer | VPN | wlan | ssh
dfs | hdfs | sdk | ssd | AAA | it | hr
dns | mfa | sap | gpg | smtp | https | pdf
AD | xxl | teams | outlook | test server | test environment down | what is sso?
who are the admins? | are you able to reset my password | what can you do about my printer | what's my name in AD?
super slow | cool down the server room | who are you going to send | morning meeting | 1 | 42 | vpn asdf | yes | no
Drucker | WLAN kaputt | hallo drucker | wer?
Passwort | guten Tag, Drucker kaputt | imprimante | salut wifi | impresora
hola wifi | stampante | drukker | принтер | yazıcı
プリンター | 打印机 | 프린터 | طابعة | 你好，打印机坏了 | こんにちは、プリンター
host-17 | a.docx | qwer1 | www | what is this? | c'est quoi ? | does this work?
"""


def cases(table: str) -> list[str]:
    return [case.strip() for line in table.splitlines() for case in line.split("|") if case.strip()]


@pytest.mark.parametrize("text", cases(GREETINGS))
def test_a_greeting_is_recognised_in_every_language(text: str) -> None:
    assert small_talk_in(Utterance(text)) is SmallTalk.GREETING


@pytest.mark.parametrize("text", cases(ACKNOWLEDGEMENTS))
def test_an_acknowledgement_is_recognised_in_every_language(text: str) -> None:
    assert small_talk_in(Utterance(text)) is SmallTalk.ACKNOWLEDGEMENT


@pytest.mark.parametrize("text", cases(NONSENSE))
def test_letters_without_sense_are_recognised(text: str) -> None:
    assert small_talk_in(Utterance(text)) is SmallTalk.NONSENSE


@pytest.mark.parametrize("text", [*cases(QUESTIONS), "", "hi " * 40, "x" * 50_000])
def test_a_short_question_is_no_small_talk(text: str) -> None:
    assert small_talk_in(Utterance(text)) is None

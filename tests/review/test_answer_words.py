"""Another answer, or another layout of the same one: the table of what counts as a change."""

from __future__ import annotations

import pytest

from bot.helpdesk.review.answer_words import meaningful_words

BEFORE = "Open **Settings**, then press *Reset*. It takes 5 minutes."

SAME = [
    (BEFORE, BEFORE),
    (BEFORE, "open settings then press reset it takes 5 minutes"),
    (BEFORE, "1. Open Settings\n2. Press “Reset”\n\n> It takes 5 minutes!"),
    (BEFORE, "- Open the `Settings`\r\n- and then please press Reset…\r\n\r\nIt takes 5 minutes 🙂"),
    (BEFORE, "## Open Settings\n\n<b>Press Reset</b><br>It takes 5 minutes"),
    (BEFORE, "| Open Settings | press Reset |\n|:---|---:|\n| It takes | 5 minutes |"),
    ("Run:\n```sh\npip install desk\n```", "Run: `pip install desk`"),
    ("See [the guide](https://a.example/x?y=1#z).", "See the guide: <https://a.example/x?y=1#z>"),
    ("You cannot print.", "You can't print."),
    ("You don’t need it", "You do not need it."),
    ("It's a Wi-Fi password", "It is the wifi password"),
    ("It is **re**set; pay 10 % or $ 5", "It is reset: pay 10% or $5"),
    ("Tom &amp; Ann", "Tom & Ann"),
    ("my\\_file.txt", "my_file.txt"),
    ("Öffnen Sie bitte die Einstellungen.", "• Öffnen Sie: Einstellungen"),
    ("Ouvrez l'imprimante, s'il vous plaît", "Ouvrez l’imprimante s'il vous plaît !"),
    ("¿Reiniciar? Abra la impresora.", "Reiniciar: abra impresora"),
    ("", "🙂"),
]

OTHER = [
    (BEFORE, ""),
    (BEFORE, BEFORE + " Ask Ben."),
    (BEFORE, BEFORE.replace("Reset", "Delete")),
    (BEFORE, BEFORE.replace("5", "15")),
    (BEFORE, "Press Reset, then open Settings. It takes 5 minutes."),
    ("Log on.", "Log off."),
    ("You can print.", "You can't print."),
    ("You need it.", "You don't need it."),
    ("It works without a key", "It works with a key"),
    ("Version 1.5", "Version 15"),
    ("Cool to -5°", "Cool to 5°"),
    ("Pay 10 %", "Pay 10 €"),
    ("Pay 10%", "Pay 10"),
    ("Copy from A: to B:", "Copy to A: from B:"),
    ("See [the guide](https://a.example/x)", "See [the guide](https://b.example/x)"),
    ("Use /etc/hosts", "Use /etc/host"),
    ("Écrivez à Ann", "N'écrivez pas à Ann"),
    ("Schalten Sie es ein", "Schalten Sie es nicht ein"),
    ("Se puede imprimir", "No se puede imprimir"),
    ("The old key may stay", "The old key must stay"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_another_layout_is_no_change(before: str, after: str) -> None:
    assert meaningful_words(before) == meaningful_words(after)


@pytest.mark.parametrize(("before", "after"), OTHER)
def test_other_words_are_a_change(before: str, after: str) -> None:
    assert meaningful_words(before) != meaningful_words(after)

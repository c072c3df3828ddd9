"""Words that people mark notes with, and words that they say thanks with, in the languages the desk knows.

Nothing but data: what it means that a message holds one of them is decided where it is read.
"""

from __future__ import annotations

# How agents mark a message that stays among them.

NOTE_WORDS = (
    "note internal private",
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish
    "notiz intern privat",
    "interne privé privée",
    "nota interno interna privado privada",
    "privato privata",
    "particular",
    "notitie",
    "notatka wewnętrzne prywatne",
    "dahili özel",
)
"""Whatever follows one of these, the message is not passed on unasked."""

NOTE_WORDS_BEFORE_A_MARK = (
    "notes internally privately private-note internal-only intern-only staff-only team-only agents-only",
    "notizen vermerk",
    "notas",
    "not notlar",
)
"""These begin ordinary sentences as well ("Not sure yet"), so only a colon or the like makes a note of them."""

NOTE_QUALIFIERS = (
    "note notes comment comments info information message memo remark use only reminder",
    "to for the a our my us me self myself team staff agent agents support colleagues",
    "notiz notizen vermerk hinweis kommentar interne interner internes private privater privates nur für uns mich",
    "commentaire remarque équipe pour nous usage l'équipe interne",
    "comentario equipo para nosotros uso solo sólo",
    "commento per noi soltanto",
    "not notu yorum için ekip sadece iç",
)
"""May stand between such a word and its colon, or before it: "internal note:", "note to self:", "nur intern:"."""

ASK_WORDS = ("ask",)
"""How agents address the assistant."""

ADDRESSES = (
    "you your yours yourself u ur please pls kindly",
    "du dir dich dein deine deinen deinem deiner sie ihr ihre ihren ihrem ihrer ihnen euch euer eure bitte",
    "vous votre vos tu te toi ton ta tes svp",
    "usted ustedes tú ti tus su sus vuestro",
    "lei suo sua você vocês seu sua jij je jouw uw",
    "sen senin sana siz sizin size lütfen",
)
"""Whoever writes one of these may be talking to the employee: "Note: your laptop arrives on Monday"."""

GREETINGS = (
    "hi hello hey heya hiya dear morning afternoon evening good all team everyone folks there",
    "hallo moin servus guten tag morgen abend liebe lieber",
    "bonjour bonsoir salut cher chère",
    "hola buenas buenos días tardes estimado estimada",
    "ciao buongiorno olá oi",
    "merhaba selam günaydın iyi günler",
)

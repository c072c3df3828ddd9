"""Word lists in several languages: marks of internal notes, and thanks and other remarks of employees.

Data only: `note_prefixes` and `thanks` decide what a message with one of these words means.
"""

from __future__ import annotations

# Marks with which agents keep a message internal.

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
    # Japanese, Chinese, Korean, Arabic, and the letters of others in which the words are the same
    "社内メモ 内部メモ 社内 部外秘 内部备注 内部備註 内部 内部メモ 내부메모 내부 사내 داخلي",
    "внутренняя внутреннее внутренне интерн служебное",
)
"""A message that begins with one of these is internal, or its author is asked."""

NOTE_WORDS_BEFORE_A_MARK = (
    "notes internally privately private-note internal-only intern-only staff-only team-only agents-only support-only",
    "notizen vermerk",
    "заметка примечание メモ 備考 备注 備註 笔记 메모 비공개 비고 ملاحظة",
    "notas",
    "not notlar",
)
"""These begin ordinary sentences as well ("Not sure yet"), so they mark a note only before a separator."""

NOTE_WORDS_IN_DOUBT = (
    "nb n.b n.b. side-note sidenote quick-note fyi-internal fyi-only for-us between-us off-the-record psst hidden",
    "do-not-send do-not-forward don't-send don't-forward not-for-the-user not-for-the-employee not-for-the-customer",
    "confidential comment comments kommentar vertraulich nur-für-uns unter-uns nicht-weiterleiten nur-für-euch",
    "confidentiel commentaire entre-nous confidencial comentario riservato commento vertrouwelijk poufne gizli yorum",
    "конфиденциально комментарий 机密 保密 コメント خاص سري",
)
"""Before a separator, these may mark a note or a remark for the employee, so the author is asked."""

NOTE_WORDS_MISSPELT = ("note internal private",)
"""Misspellings of these, with a letter missing or two letters swapped, are in doubt as well."""

NOTE_QUALIFIERS = (
    "note notes comment comments info information message memo remark use only reminder",
    "to for the a our my us me self myself team staff agent agents support colleagues",
    "notiz notizen vermerk hinweis kommentar interne interner internes private privater privates nur für uns mich",
    "commentaire remarque équipe pour nous usage l'équipe interne",
    "comentario equipo para nosotros uso solo sólo",
    "commento per noi soltanto",
    "not notu yorum için ekip sadece iç",
)
"""Words allowed around such a word before its separator: "internal note:", "note to self:", "nur intern:"."""

ASK_WORDS = ("ask",)
"""Marks with which agents address the assistant."""

ADDRESSES = (
    "you your yours yourself u ur please pls kindly",
    "du dir dich dein deine deinen deinem deiner sie ihr ihre ihren ihrem ihrer ihnen euch euer eure bitte",
    "vous votre vos tu te toi ton ta tes svp",
    "usted ustedes tú ti tus su sus vuestro",
    "lei suo sua você vocês seu sua jij je jouw uw",
    "sen senin sana siz sizin size lütfen",
)
"""A message with one of these may be meant for the employee: "Note: your laptop arrives on Monday"."""

GREETINGS = (
    "hi hello hey heya hiya dear morning afternoon evening good all team everyone folks there",
    "hallo moin servus guten tag morgen abend liebe lieber",
    "bonjour bonsoir salut cher chère",
    "hola buenas buenos días tardes estimado estimada",
    "ciao buongiorno olá oi",
    "merhaba selam günaydın iyi günler",
)

# What employees write when something is settled. A slash means either word, as in the policy.

THANKS = (
    "thank you/u/ya, thanks, thank, thx, thnx, thanx, tnx, tks, thks, ty, tysm, tyvm, tyia",
    "thankyou, kthx, cheers, ta",
    "many thanks, thanks again, thank you again, thanks once again, thank you once again, much/greatly appreciated",
    "i/we appreciate it/that/this/you, appreciate it/that, appreciated, can't thank you enough",
    "cannot thank you enough",
    "you rock, you're/youre the best, you are the best, you're/youre a star/hero/legend/lifesaver",
    "life saver/lifesaver",
    # German
    "danke, dankeschön, danke schön, danke dir/ihnen/euch, danke sehr",
    "vielen/besten/herzlichen/lieben dank, dank dir",
    "tausend dank, danke nochmal/nochmals, danke noch mal, merci vielmals, ich danke dir/ihnen/euch",
    "vielen lieben dank",
    # French
    "merci, merci beaucoup/bcp/bien, mille mercis/merci, merci encore, merci à vous/toi/tous, je vous/te remercie",
    # Spanish
    "gracias, muchas/muchísimas/mil gracias, gracias de nuevo, gracias otra vez, te lo agradezco",
    "se lo agradezco, grax",
    # Turkish
    "teşekkür, teşekkürler, teşekkür ederim/ederiz, çok teşekkürler, tşk, tşkler, tesekkurler, sağ ol/olun",
    "sağol, sağolun",
    "eyvallah, elinize/elinizle/emeğinize sağlık, tekrar teşekkürler, tekrar teşekkür ederim, teşekkürler tekrar",
    # Italian, Portuguese, Dutch, Polish
    "grazie, grazie mille, grazie tante, mille grazie, tante grazie, grazie ancora, ti/vi/la ringrazio",
    "obrigado, obrigada, obg, brigado, brigada, muito obrigado/obrigada, obrigado/obrigada novamente, valeu",
    "bedankt, dank je, dank u, dank je/u wel, dankjewel, dankuwel, dank jullie, hartelijk dank",
    "heel erg bedankt, nogmaals bedankt",
    "dzięki, dziękuję, dziękuje, dzieki, dziękujemy, wielkie dzięki, serdecznie dziękuję, dzięki wielkie",
    # Nordic, Czech, Hungarian, Romanian, Croatian, Greek
    "tak, mange tak, tusen/tack tack, tack, tack så mycket, takk, tusen takk, kiitos, kiitti, kiitoksia",
    "díky, děkuji, děkuju, ďakujem, vďaka, köszönöm, köszi, kösz, mulțumesc, mersi, hvala, hvala lepa",
    "ευχαριστώ, ευχαριστω",
    # Russian, Ukrainian
    "спасибо, большое спасибо, спасибо большое, спс, благодарю, дякую, дуже дякую",
    # Arabic, Hebrew, Hindi
    "شكرا, شكراً, شكرا جزيلا, شكراً جزيلاً, شكرا لك, شكراً لك, متشكر, مشكور, תודה, תודה רבה, धन्यवाद, शुक्रिया",
    # Japanese, Chinese, Korean, Vietnamese, Indonesian, Thai
    "ありがとう, ありがとうございます, ありがとうございました, 有難う, 有り難う, どうも",
    "サンキュー, 助かりました, 感謝, 感謝します",
    "谢谢, 謝謝, 谢谢你, 谢谢您, 謝謝你, 謝謝您, 多谢, 多謝, 感谢, 非常感谢, 太感谢了, 谢了, 辛苦了",
    "감사합니다, 감사해요, 고마워, 고마워요, 고맙습니다, cảm ơn, cám ơn, terima kasih, makasih",
    "ขอบคุณ, ขอบคุณครับ, ขอบคุณค่ะ",
)
SETTLED = (
    "perfect, perfectly, great, awesome, excellent, brilliant, fantastic, wonderful, amazing, lovely, super",
    "superb, nice",
    "cool, sweet, neat, good, wow, yay, hooray, woohoo, phew, well done, good/great/nice job",
    "good/great/nice work, nicely done",
    "good/great/nice to hear, good/great/nice one, good stuff, no problem/problems/worries/prob, not a problem, np",
    "it/that/this/everything/all works, works, worked, working, it's/its/that's working, is working",
    "it/that/this worked",
    "works again, working again, works now, now works, works like a charm, works perfectly, works fine, runs",
    "runs again, it/that/everything/all is working again/now, is/are working again/now, works fine again/now",
    "it/that/everything/all works again/now, i can work again, can log/sign in again/now, fixed it, sorted it",
    "not broken anymore, no further questions/issues/problems, nothing further, lgtm, kudos, bless you, much obliged",
    "you/please can close it/this, you can close the ticket/case/issue, please close, please close it/this",
    "please close the ticket/case/issue, close it, close the ticket/case/issue, can be closed, closed",
    "ticket/case/it/this can be closed",
    "solved, fixed, resolved, sorted, done, problem/issue/error solved/fixed/resolved/gone",
    "it's/its/that's/is fixed/solved/gone",
    "problem/issue is/was solved/fixed/resolved/gone, no more errors/problems/issues, problem's/issue's gone/solved",
    "problem's/issue's fixed/resolved, you're/youre amazing/awesome/great/wonderful",
    "no problems/issues/errors anymore/now",
    "did the trick, did it, that's/thats it, that was it, that helped, it helped, this helped, helped, helpful",
    "very helpful",
    "all good/set/fine/clear/ok/okay/well, we're/were/i'm/im good, we are good, i am good, i'm/im all set",
    "good now, fine now",
    "not bad, not bad at all, nothing else, nothing more, that's/thats all, that will be all, back to normal",
    "up and running, got it working, can log in now",
    # German
    "perfekt, super, toll, klasse, prima, spitze, wunderbar, hervorragend, großartig, top, genial, cool, mega",
    "stark, sehr gut/schön",
    "funktioniert, funktionierts, es/das funktioniert, funktioniert jetzt/wieder/nun, klappt",
    "klappt jetzt/wieder, hat geklappt",
    "geht, geht jetzt/wieder/nun, läuft, läuft jetzt/wieder, gelöst, erledigt, behoben, problem gelöst, passt",
    "alles gut/klar/bestens, geht's wieder/jetzt, jetzt geht's, jetzt gehts, gehts wieder, läuft alles wieder",
    "kein/keine/keinen fehler/fehlermeldung/problem/probleme mehr, ohne probleme, keine fehlermeldungen mehr",
    "kann/könnt geschlossen werden, bitte schließen, ticket kann geschlossen werden, hat sich erledigt",
    "kein problem, keine ursache, hat geholfen, hat funktioniert, das war's, das wars, das war es, schön, freut mich",
    # French
    "parfait, parfaite, génial, super, excellent, formidable, impeccable, nickel, top, bravo, merveilleux",
    "très bien, c'est bon",
    "c'est parfait, c'est réglé, c'est résolu, résolu, réglé, ça marche, ca marche, ça fonctionne",
    "ca fonctionne, fonctionne",
    "ça marche maintenant, ça fonctionne maintenant, tout est bon, tout va bien, tout marche, pas de problème",
    "pas de souci, de rien, plus de problème/souci/soucis/problèmes, plus d'erreur/d'erreurs, plus aucun problème",
    # Spanish
    "perfecto, genial, excelente, estupendo, fenomenal, fantástico, maravilloso, muy bien, buenísimo, funciona",
    "ya funciona",
    "funciona ahora, ahora funciona, funcionó, ya está, solucionado, resuelto, arreglado, todo bien",
    "todo en orden, de nada, sin problema, sin problemas, ningún problema",
    # Turkish
    "harika, mükemmel, süper, çok iyi, çok güzel, güzel, muhteşem, şahane, çalışıyor, şimdi çalışıyor",
    "artık çalışıyor, çözüldü",
    "oldu, düzeldi, sorun çözüldü, sorun yok, tamamdır, halloldu, hallettim, işe yaradı, rica ederim",
    # Italian, Portuguese, Dutch, Polish, Russian
    "perfetto, ottimo, fantastico, benissimo, funziona, ora funziona, risolto, tutto bene, tutto ok, va bene",
    "perfeito, ótimo, excelente, maravilha, funciona agora, funcionou, resolvido, tudo bem, tudo certo",
    "perfect, geweldig, fantastisch, prima, top, mooi, werkt, het werkt, het werkt nu/weer, werkt nu/weer",
    "opgelost, gelukt, helemaal goed",
    "świetnie, super, idealnie, doskonale, działa, już działa, teraz działa, rozwiązane",
    "działa teraz, wszystko dobrze",
    "всё ок, все ок, всё хорошо, все хорошо, всё в порядке, все в порядке, ок, больше нет проблем",
    "отлично, супер, замечательно, прекрасно, работает, всё работает, все работает, заработало, решено, получилось",
    # Japanese, Chinese, Korean, Arabic
    "完璧, 完璧です, 解決しました, 直りました, できました, 大丈夫です, 動きました, 完美, 太好了",
    "很好, 好了, 可以了, 解决了, 已解决, 已经解决了, 已经好了, 搞定, 搞定了, 没问题, 没问题了, 没有问题了, 正常了",
    "완벽해요, 됐어요, 해결됐어요, 해결되었습니다, ممتاز, رائع, تم الحل, يعمل الآن",
    "잘 됩니다, 잘 돼요, 이제 됩니다, تم حل المشكلة, حلت المشكلة",
)
YES = (
    "yes, yep, yeah, yup, ja, jep, jawohl, jo, oui, ouais, sí, si, evet, sì, sim, tak jest, да",
    "نعم, はい, 是, 是的, 네, 예",
)
NO = ("no, nope, nah, nein, nee, nö, ne, non, hayır, yok, não, nao, nie, нет, لا, いいえ, 不, 不是, 아니요",)
ACKNOWLEDGED = (
    "ok, okay, okey, k, kk, okey dokey, alright, all right, fine, sure, right, understood, got it, i see",
    "noted, roger, aha, ah, oh",
    "have a nice/good/great/lovely/wonderful day/weekend/evening/one/week, nice day, good day, bye, goodbye, see you",
    "enjoy your day/weekend/evening, take care, schönen tag/abend/feierabend, schönes wochenende",
    "tschüss, bonne journée/soirée, bon week-end, buen día, buen fin de semana, iyi günler, iyi çalışmalar",
    "hi, hello, hey, hallo, bonjour, salut, hola, merhaba, selam, ciao, hm, hmm, mm, mhm, uh, um, well, so",
    "and, then, now, just, really, also good, oki, okidoki, gut, in ordnung, verstanden, alles",
    "d'accord, bien, entendu, compris, vale, bueno, entendido, de acuerdo, claro, tamam, anladım, peki, bene",
    "certo, goed, oké, dobrze",
    "хорошо, понятно, ясно, ладно, 了解, 了解です, 了解しました, わかりました, 好的, 好, 知道了",
    "明白了, 알겠습니다, حسنا",
)
COURTESY = (
    "so much, very much, a lot, lots, a bunch, a million, a ton, tons, loads, really, very, so, much, indeed",
    "all, too, the, a, an",
    "for helping, for helping me/us, for your, for the, for that, for this, for it, for everything",
    "for fixing/sorting/solving/resolving it/this/that, for fixing/sorting/solving this/it/that out, so quickly",
    "for fixing/sorting/solving it/this/that so quickly/fast, quickly, for sorting it/this/that out so quickly/fast",
    "fab, out",
    "help, support, time, response, reply, answer, assistance, quick, fast, speedy, prompt, kind, kindly, your",
    "my, for, it, that, this, is",
    "it's, that's, everything, you, u, me, us, i, we, am, are, was, now, here, again and again, to, of, in",
    "and, with, well, very well",
    "everyone, everybody, team, guys, folks, all, mate, buddy, friend, man, dear, sir, madam, mr, mrs, ms",
    "support, it, helpdesk",
    "have a nice/good/great/lovely day/weekend/evening/one, have a, nice day, good day, bye, goodbye, best, regards",
    "best regards, see you, happy",
    "please, glad, my problem/issue/question, the problem/issue/question, problem, issue, lol, haha, hehe, xo",
    "x, d, ps",
    # German
    "dir, ihnen, euch, dich, sehr, vielmals, für, die, der, das, den, deine, ihre, eure, schnelle, hilfe",
    "unterstützung, antwort, mühe, rasche",
    "es, ist, jetzt, nun, wieder, alle, leute, und, herr, frau, liebe, grüße, lg, vg, mfg, tschüss",
    "schönen tag/abend, schönes wochenende",
    # French
    "beaucoup, bcp, bien, pour, votre, ton, ta, l'aide, aide, réponse, rapide, c'est, ça, tout, maintenant, à",
    "vous, toi, tous, et",
    "monsieur, madame, bonne journée/soirée, cordialement, très, le, la",
    # Spanish, Italian, Portuguese
    "por, tu, su, la, el, ayuda, todo, muchas, muy, ahora, ya, y, rápida, respuesta, señor, señora, saludos",
    "buen día, per, il, tuo, aiuto",
    "pela, pelo, sua, ajuda, muito, tudo, agora, e, é, o, um abraço, molto",
    # Turkish, Dutch, Polish, Russian
    "çok, her şey için, yardımın/yardımınız/yardımlarınız için, için, şimdi, artık, ve, bey, hanım, iyi günler",
    "iyi çalışmalar, hocam",
    "voor, je, uw, hulp, de, het, nu, weer, en, heel, erg, za, pomoc, bardzo, teraz, już, и, за, помощь, очень",
    "теперь, всё, все, вам, вас",
    # Japanese, Chinese, Korean
    "です, ます, ました, ございます, ございました, お, 本当に, とても, どうもありがとう, 啊, 了",
    "您, 你, 的, 帮助, 很, 요, 정말",
)
"""Words around thanks without a meaning of their own."""
DOUBTFUL = (
    "in advance, for now, for a minute/moment/while/bit/second/day, for the moment, so far, yesterday, briefly",
    "intermittently, occasionally, mostly, somewhat, temporarily, slowly, barely",
    "hardly, partially, waiting, pending, testing, trying, checking, at first, i think, i guess, i hope, supposedly",
    "kind of, sort of, halfway, is it working/fixed/solved/done/resolved, everything is gone, all gone",
    "monday, tuesday, wednesday, thursday, friday, saturday, sunday, montag, dienstag, mittwoch, donnerstag, freitag",
    "geht so, so so, so lala, im voraus, vorerst, bisher, gestern, erstmal, erst mal, teilweise, halbwegs, meistens",
    "d'avance, par avance, pour l'instant, hier, de antemano, por ahora, ayer, por el momento, in anticipo, per ora",
    "antecipadamente, por enquanto, ontem, alvast, voorlopig, gisteren, z góry, na razie, wczoraj, şimdilik, dün",
    "заранее, пока, вчера",
)
"""With one of these, thanks leave open whether the problem is solved."""
BEFORE_THINGS = (
    "the a an my our your for to of in on at with and or",
    "der die das den dem ein eine mein meine meinem meinen für auf im am mit und oder vom zum zur",
    "le la les un une mon ma mes pour sur dans avec et el los las una mi mis por para con y il lo per o de het mijn",
)
"""Articles and prepositions: the next word is a thing, not the name of somebody who is thanked."""
TROUBLE = (
    "but, still, however, although, though, tho, except, yet, not, cannot, cant, dont, doesnt, didnt, isnt",
    "wont, wasnt, never, nothing",
    "none, nobody, without, again, another, other, also, additionally, besides, more, further, plus",
    "unfortunately, sadly, anyway, anyways",
    "regardless, nonetheless, nevertheless, only, sometimes, almost, partly, half, instead, until, wait, error",
    "errors, broken, broke",
    "breaks, fail, fails, failed, failing, crash, crashes, crashed, wrong, worse, bad, missing, lost, stuck",
    "slow, next",
    "not broken, no longer works, no longer working",
    "für nichts, für gar nichts, pour rien, por nada, di niente, per niente, voor niets, za nic, ни за что",
    "for trying, for nothing, one thing, reopen, open again, hopefully, maybe, perhaps, unless, if, same",
    "no good, no luck, no works",
    "help me, help please, please help, need help, i need help, no funciona, no va, no sirve, não funciona",
    "non funziona, nie działa, не работает",
    "aber, jedoch, trotzdem, leider, noch, nochmal, nicht, kein, keine, keinen, nie, dennoch, allerdings",
    "außer, nur, fehler, kaputt, immer noch",
    "mais, encore, toujours, pas, pourtant, cependant, malheureusement, sauf, jamais, aucun, quand même",
    "seulement, erreur, panne",
    "pero, todavía, aún, sigue, sin embargo, aunque, tampoco, nunca, jamás, sino, error, falla, igual, además",
    "también, desafortunadamente",
    "ama, fakat, ancak, lakin, hala, hâlâ, yine, değil, yalnız, maalesef, hata, bozuk, olmadı, çalışmıyor",
    "sorum, yine de, başka",
    "maar, nog, niet, echter, helaas, geen, toch, ma, però, ancora, purtroppo, mas, porém, ainda, infelizmente",
    "também, ale, jednak, nadal, niestety, błąd",
    "но, ещё, еще, не, однако, опять, снова, ошибка, к сожалению, لكن, ما, ليس, مازال",
    "しかし, でも, まだ, ただ, ない, ません, エラー, 但, 但是, 还, 还是, 没, 没有, 可是, 不过",
    "错误, 하지만, 아직, 안, 그런데",
)
"""With one of these, a message with thanks also reports a problem."""

GOOD_SIGNS = (
    "👍👌🙏❤🧡💛💚💙💜🖤🤍🤎💖💕💗💓💞💝♥😀😃😄😁😆😊☺🙂😉😍🥰😘🤗🤭😌😇😅😎🤩🥳🎉🎊👏🙌✅✔☑💯💪⭐🌟✨🤝🫶🏆🥇🚀🌸🌻🌹💐🍻🥂"
    "🫡🤘✌🤙👊😻💃🕺☀🌈🎈🍀🆗"
)
BAD_SIGNS = "👎"
UNHAPPY_SIGNS = "😡😠😤🤬😢😭😥😞😔😟😕🙁☹😩😫😣😖😒🙄🤔🤨😐😑😬😓😰😨😱🤦🤷🖕💔💩💀🤢🤮🤯😵🙃❌❓❗⚠🚫⛔"
"""With one of these, thanks may be ironic."""

GOOD_SIGN_NAMES = (
    "+1 thumbsup thumbs thumb up ok thanks thank thankyou thx ty merci danke gracias pray heart",
    "hearts love smile smiley smiling",
    "grin grinning joy blush relaxed wink tada party clap raised check checked done yes 100 muscle",
    "star star2 stars sparkles",
    "handshake trophy rocket sunglasses cool awesome nice great perfect heavy hug hugs hugging fire",
    "beers clinking bow yay success",
    "celebrate salute saluting bouquet sunny rainbow v green sweat_smile",
)
BAD_SIGN_NAMES = ("-1 thumbsdown thumbs-down down",)
DOUBTFUL_SIGN_NAMES = (
    "broken upside sob cry crying sad angry rage no not x cross sweat confused question thinking unamused rolling",
    "disappointed disappoint pouting frowning frown worried weary tired persevere fearful scream neutral",
    "confounded pensive skull facepalm shrug middle hankey poop symbols cursing grimacing triumph nauseated vomiting",
    "expressionless exploding dizzy anguished cold warning exclamation sos entry",
)
"""An emoji with one of these in its name is an unhappy sign, whatever else its name contains."""

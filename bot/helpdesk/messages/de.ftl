### Die Sätze des Helpdesks auf Deutsch. en.ftl erklärt die Platzhalter.


## Für Mitarbeitende

employee-disclaimer = KI-generiert. Bitte prüfen Sie wichtige Angaben.
employee-takes-longer = Das dauert länger als üblich. Ich arbeite noch daran und antworte hier.
employee-continued-here = Die erste Nachricht unserer Unterhaltung wurde gelöscht, deshalb geht es hier weiter. Antworten Sie einfach in diesem Thread.
employee-stopped = Gestoppt.
employee-nothing-to-stop = Im Moment gibt es nichts zu stoppen.
# **new** and **home** are commands, which are not translated.
employee-greeting = Hallo! Ich bin der Assistent des Supports. Fragen Sie in Ihren Worten; wenn ich nicht weiterweiß, hole ich einen Menschen. **new** beginnt ein neues Thema, **home** zeigt Ihre Anfragen.
employee-new-topic = Neues Thema. Wobei brauchen Sie Hilfe?
employee-topic-must-wait = **{ $name }** ist noch offen, also geht an den Support, was Sie hier schreiben. Schreiben Sie **home**, um die Anfrage zu schließen.
employee-no-words = Ich kann nur Fragen in Worten beantworten. Wobei brauchen Sie Hilfe?
employee-only-files = Ich kann keine Anhänge lesen. Bitte beschreiben Sie Ihr Anliegen in Worten oder sprechen Sie mit einer Person.
employee-files-unread = Ich kann keine Anhänge lesen. Diese Antwort beruht nur auf Ihrer Nachricht.
employee-edited-too-late = Sie haben Ihre Nachricht nach meiner Antwort geändert. Antworten Sie hier, wenn Sie eine neue Antwort möchten.
employee-not-yours = Das kann nur die Person, die gefragt hat.
employee-nothing-asked = Noch keine Anfragen. Schreiben Sie mir eine Nachricht, dann steht sie hier.
employee-thanks-for-reason = Danke für die Rückmeldung.
employee-asked-again =
    Sie haben noch einmal gefragt:
    { $words }
employee-did-it-help = Hat das Ihr Problem gelöst?
employee-how-well-solved = Wie gut wurde das gelöst? 1 heißt gar nicht, 5 vollständig.
employee-write-again = Brauchen Sie noch Hilfe? Antworten Sie einfach hier.
employee-you-said-solved = Ihre Antwort: **ja, gelöst**.
employee-you-said-not-solved = Ihre Antwort: **nein, noch nicht**.
employee-you-said-all-good = Ihre Antwort: **nein, alles gut**.
employee-you-scored = Ihre Antwort: **{ $score } von 5**.
employee-thanks-solved = Das freut mich, danke.
employee-taken-as-solved = Als gelöst vermerkt.
employee-you-are-welcome = Gern geschehen! Wenn Sie noch etwas brauchen, fragen Sie einfach.
employee-small-talk = Hallo! Ich bin der Assistent des Supports. Sagen Sie mir in Ihren Worten, wobei Sie Hilfe brauchen.
employee-anything-else = Alles klar. Wenn Sie noch etwas brauchen, fragen Sie einfach.
# The rule of the policy offers a person; the button below says "Ask a colleague".
employee-offer = Soll ich jemanden aus dem Support fragen?
employee-offer-after-unsure-answer = Bei dieser Antwort bin ich mir nicht sicher. Soll ich jemanden aus dem Support fragen?
employee-offer-accepted = Ihre Antwort: **jemanden fragen**.
# $names are ticket numbers. The button below says "Open another".
employee-many-open = { $count ->
    [one] Sie haben heute schon eine offene Anfrage: **{ $names }**.
   *[other] Sie haben heute schon { $count } offene Anfragen: **{ $names }**.
}
# Stands behind employee-many-open.
employee-shall-open-another = Noch eine öffnen?
employee-another-opened = Ihre Antwort: **noch eine öffnen**.
employee-still-answering = Ich arbeite noch an Ihrer Frage und antworte hier.
employee-sorry-not-helpful = Schade, dass das nicht geholfen hat. Sagen Sie mir, was fehlt, oder sprechen Sie mit einer Person.
employee-reopened-by-you = Wieder geöffnet.
employee-no-person-needed = Ihre Antwort: **Ich brauche keine Person**.
employee-answer-withheld = Diese Frage kann ich nicht automatisch beantworten. Sie können jederzeit wieder nach einer Person fragen.
employee-answered-meanwhile = Der Support hat schon geantwortet. Sagen Sie hier Bescheid, wenn Sie keine Hilfe mehr brauchen.
employee-in-line = Ihre Frage ist Nummer { $number } in der Warteschlange. Ich antworte hier.
employee-rated-helpful = Ihre Bewertung: hilfreich. Danke!
employee-rated-not-helpful = Ihre Bewertung: nicht hilfreich.
employee-contains-secret = { $kind ->
    [number] Ihre Nachricht scheint eine Karten- oder Kontonummer zu enthalten. Wenn sie echt ist, löschen Sie bitte die Nachricht: in ihrem Menü (⋮) mit **Nachricht löschen**.
   *[secret] Ihre Nachricht scheint ein Passwort oder anderes Geheimnis zu enthalten. Ändern Sie es bitte jetzt, andere könnten es gelesen haben. Löschen Sie dann die Nachricht in ihrem Menü (⋮).
}
employee-no-answer = { $reason ->
    [refused] Auf diese Frage bekomme ich keine Antwort. Bitte fragen Sie nach einer Person.
    [failed] Ich habe es mehrmals versucht und keine Antwort bekommen. Bitte fragen Sie nach einer Person.
    [not-set-up] Ich kann gerade keine Fragen beantworten. Das Team für den Betrieb weiß Bescheid. Bitte fragen Sie nach einer Person.
    [secret] Nachrichten mit einem Geheimnis beantworte ich nicht. Bitte fragen Sie ohne das Geheimnis noch einmal oder nach einer Person. Sie sieht Ihre Nachricht ohne das Geheimnis.
   *[unreachable] Ich kann seit Stunden nicht antworten und versuche es nicht weiter. Bitte fragen Sie noch einmal oder nach einer Person.
}
employee-handed-over = Ich habe Ihr Anliegen an den Support weitergegeben. Jemand antwortet Ihnen hier.
# Ends the sentences about the handover, where the employee has only asked for a person.
employee-what-about = Worum geht es?
employee-expect-from = Im Moment ist niemand im Dienst. Ab { $opening } antwortet Ihnen jemand.
employee-expect-by = Bis { $due } meldet sich jemand bei Ihnen.
employee-overdue = Entschuldigung für die Wartezeit: **{ $name }** hat noch niemand übernommen. Ich habe den Support erinnert.
employee-at-work = Der Support ist wieder im Dienst und hat **{ $name }** in der Warteschlange. Jemand antwortet hier.
employee-ticket-in-brackets = (**{ $name }**)
employee-ticket-number = Ihre Ticketnummer ist **{ $name }**.
employee-nobody-reached = Ich erreiche den Support in { $chat } gerade nicht. Bitte melden Sie sich auf anderem Weg und nennen Sie **{ $name }**.
employee-nobody-reached-but = Ich erreiche den Support in { $chat } gerade nicht. Bitte wenden Sie sich an { $contact } und nennen Sie **{ $name }**.
employee-reached = Der Support hat **{ $name }** nun doch erhalten. Sie müssen sich nicht mehr auf anderem Weg melden; jemand antwortet hier.
employee-passed-on = Ich habe das zu **{ $name }** hinzugefügt. Bis zur Lösung geht alles, was Sie hier schreiben, an den Support.
employee-file-left-out = { $obstacle ->
    [elsewhere] Ich konnte „{ $file }“ nicht weitergeben: Die Datei liegt außerhalb von { $chat }.
    [too-large] Ich konnte „{ $file }“ nicht weitergeben (über { $megabytes } MB).
    [not-visible] Ich konnte „{ $file }“ nicht weitergeben: Die Datei liegt in einer Unterhaltung, die ich nicht sehe.
    [not-allowed] Ich konnte „{ $file }“ nicht weitergeben: Ich darf hier keine Dateien übertragen.
    [gone] Ich konnte „{ $file }“ nicht weitergeben: Die Datei gibt es nicht mehr.
   *[refused] Ich konnte „{ $file }“ nicht weitergeben: { $chat } hat sie nicht angenommen.
}
employee-file-linked = Der Support hat stattdessen einen Link erhalten.
employee-files-kept-out = Ihre Dateien habe ich nicht weitergegeben, damit das vertraulich bleibt. Wer Ihnen antwortet, sagt Ihnen, wie Sie sie senden können.
employee-claimed = { $person } hilft Ihnen jetzt bei **{ $name }**. Antworten Sie einfach hier.
employee-joined = { $person } hilft jetzt bei **{ $name }** mit und liest, was Sie hier schreiben.
employee-released = **{ $name }** ist wieder in der Warteschlange. Jemand anderes aus dem Support antwortet hier.
employee-reply-needed = { $person } braucht Ihre Antwort, um **{ $name }** weiter zu bearbeiten. Schreiben Sie einfach hier.
employee-reply-still-needed = Der Support braucht noch Ihre Antwort zu **{ $name }**. Schreiben Sie einfach hier.
employee-closes-without-reply = Ohne Antwort schließe ich die Anfrage am { $closing }.
employee-timed-out = Ich habe **{ $name }** geschlossen, weil Ihre Antwort ausblieb. Brauchen Sie noch Hilfe? Schreiben Sie einfach hier.
employee-written-again = Ich habe **{ $name }** wieder geöffnet. Der Support hat Ihre Nachricht; jemand antwortet hier.
employee-resolved = { $outcome ->
    [not-solvable] { $person } hat **{ $name }** ohne Lösung geschlossen.
    [duplicate] { $person } hat **{ $name }** als Duplikat geschlossen.
   *[solved] { $person } hat **{ $name }** als gelöst markiert.
}
employee-resolved-in-words = { $outcome ->
    [not-solvable] { $person } hat **{ $name }** ohne Lösung geschlossen:
    [duplicate] { $person } hat **{ $name }** als Duplikat geschlossen:
   *[solved] { $person } hat **{ $name }** als gelöst markiert:
}
    { $words }
employee-closed-with-ticket = Der Support hat **{ $name }** geschlossen.
employee-resolved-with-ticket = Der Support hat **{ $name }** gelöst.
employee-shall-reopen = **{ $name }** ist geschlossen, deshalb hat der Support das nicht gesehen. Wieder öffnen?
employee-withdrawn = In Ordnung, der Support weiß Bescheid; **{ $name }** ist geschlossen. Ich beantworte Ihre Fragen wieder.
employee-withdrawn-already = **{ $name }** ist schon geschlossen. Fragen Sie mich gern.
employee-closed-by-you = Ich habe **{ $name }** geschlossen und dem Support Bescheid gegeben. Brauchen Sie doch noch Hilfe? Antworten Sie einfach hier.
employee-came-back = Danke für den Hinweis. Ich habe **{ $name }** wieder geöffnet; jemand antwortet hier.
employee-reopened = { $person } hat **{ $name }** wieder geöffnet.
employee-handed-back = { $person } hat die Unterhaltung an mich, den Assistenten, zurückgegeben. Fragen Sie mich gern.
employee-handed-back-unanswered = { $person } hat Ihre Frage an mich, den Assistenten, zurückgegeben. Ich arbeite daran und antworte hier.


## Für alle

anyone-no-words-in-answer = (Der Assistent hat ohne Worte geantwortet.)
anyone-refused = { $kind ->
    [guest] Ich kann Gästen leider nicht helfen. Bitte wenden Sie sich an die Person, die Sie eingeladen hat.
    [other-workspace] Ich kann leider nur Mitgliedern dieses Workspace helfen.
   *[other-company] Ich kann leider nur Mitarbeitenden dieses Unternehmens helfen.
}
anyone-in-group = In Gruppennachrichten antworte ich nicht. Bitte schreiben Sie mir direkt.
anyone-gone = Diese Schaltfläche geht nicht mehr: Es ist erledigt oder zu alt. Weiter unten steht Neueres.
anyone-form-too-late = Das Formular ließ sich nicht rechtzeitig öffnen. Bitte drücken Sie noch einmal.
anyone-no-forms = In diesem Chat kann ich kein Formular öffnen.
anyone-no-words-in-form = Bitte schreiben Sie ein paar Worte.
anyone-said-already = Das haben Sie schon beantwortet. Danke!
anyone-press-noted = Ist notiert.
anyone-file-left-out = { $obstacle ->
    [elsewhere] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben: Sie liegt außerhalb von { $chat }.
    [too-large] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben (über { $megabytes } MB).
    [not-visible] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben: Sie liegt in einer Unterhaltung, die diese App nicht sieht.
    [not-allowed] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben: Diese App darf keine Dateien übertragen.
    [gone] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben: Es gibt sie nicht mehr.
   *[refused] Die Datei „{ $file }“ von { $person } wurde nicht weitergegeben: { $chat } hat sie nicht angenommen.
}
anyone-file-is-here = Hier ist sie: { $address }
anyone-too-long = Ihre Nachricht hat { $length } Zeichen; ich kann bis zu { $most } lesen. Bitte fassen Sie sich kürzer oder fragen Sie nach einer Person.
anyone-no-room = _Etwa { $characters } weitere Zeichen passen hier nicht hin._
anyone-already-handed-over = Der Support hat das schon als **{ $name }**. Jemand antwortet Ihnen hier.
anyone-duration = { $unit ->
    [minute] { $amount ->
        [one] { $amount } Minute
       *[other] { $amount } Minuten
    }
   *[second] { $amount ->
        [one] { $amount } Sekunde
       *[other] { $amount } Sekunden
    }
}
anyone-moment = { anyone-weekday }, { $day }. { anyone-month }, { $time } Uhr ({ $zone })
anyone-weekday = { $weekday ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
anyone-month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}


## Für den Support, an eine Person allein

agents-stays-internal = Nicht gesendet: { $person } hat das übernommen. Drücken Sie **Beitreten**, um auch zu antworten.
agents-may-be-a-note = Nicht gesendet: Das könnte eine Notiz für das Team sein. An die anfragende Person senden?
agents-speaks-already = Sie sind schon dabei; Ihre Antworten gehen an die anfragende Person.
agents-kept-already = Diese Nachricht bleibt in diesem Thread. Schreiben Sie sie noch einmal, um sie zu senden.
agents-sent-already = Diese Nachricht ist schon unterwegs. Bearbeiten oder löschen Sie sie im Thread, um sie zu ändern.
agents-deleted-already = Diese Nachricht ist gelöscht. Schreiben Sie sie noch einmal, um sie zu senden.
agents-claimed-meanwhile = Zu spät: { $person } hat das schon übernommen; Ihre Nachricht wurde nicht gesendet. Mit **Beitreten** können Sie auch antworten.
agents-already-claimed = Zu spät: { $person } hat das schon übernommen. Mit **Beitreten** können Sie auch antworten.
agents-already-sent = { $person } hat das schon gesendet. Es bleibt nichts zu tun.
agents-not-an-agent = Das können nur Mitglieder von { $place }. Lassen Sie sich dort aufnehmen.
agents-not-to-assign = Zuweisen können Sie nur Mitgliedern von { $place }. Nehmen Sie die Person zuerst dort auf.
agents-ask-what = Schreiben Sie die Frage an den Assistenten hinter **ask:**, in derselben Nachricht.
agents-shown-already = Die anfragende Person hat diese Antwort schon. Schreiben Sie im Thread, was noch fehlt.
agents-draft-forgotten = Es gibt nichts zu senden: Der Entwurf ist leer oder gelöscht. Schreiben Sie die Antwort selbst im Thread.
agents-no-ticket-to-retry = Es gibt nichts zu wiederholen: Das Ticket ist da, unterwegs oder nach der Regel nicht vorgesehen. **IDs anzeigen** nennt es.
agents-why-policy = Entschieden nach der geltenden Richtlinie `{ $fingerprint }`:
agents-why-other-policy = Entschieden nach der Richtlinie `{ $fingerprint }`, die nicht mehr gilt:
agents-why-unknown-policy = Entschieden nach der Richtlinie `{ $fingerprint }`. Ihr Text oder die damaligen Angaben sind nicht mehr lesbar, deshalb sind nur die Regeln bekannt, die griffen:
agents-why-fired = ✅ **{ $rule }**: { $reason }
agents-why-fired-then = ✅ **{ $rule }**
agents-why-not = ➖ **{ $rule }**: { $reason }
agents-why-more = … Die Administration sieht die übrigen Regeln mit `uppzy-desk rules explain { $name }`.
agents-nothing-to-reveal = Es gibt nichts aufzudecken: Die Frage fehlt oder wurde gelöscht. Fragen Sie im Thread nach.
agents-draft-too-long = Dieser Entwurf ist zu lang, um ihn hier zu bearbeiten (über { $most } Zeichen). Senden Sie ihn so, oder antworten Sie selbst.
agents-reference-needs-words = Ein Hilfeartikel braucht Worte: Beschreiben Sie die Lösung, oder entfernen Sie das Häkchen.
agents-already-resolved = { $person } hat { $place } schon gelöst. Mit **Wieder öffnen** geht es weiter.
agents-another-is-open = Diese Unterhaltung ist als { $place } wieder offen. Bitte machen Sie dort weiter.
agents-is-over = **{ $name }** ist { $state }, deshalb wurde das nicht gesendet. Wieder öffnen und an die anfragende Person senden?
agents-nobody-has-claimed = **{ $name }** ist nicht übernommen, deshalb wurde das nicht gesendet. An die anfragende Person senden?
agents-kept-from-assistant = Eine Regel der Policy enthält **{ $name }** dem Assistenten vor, deshalb können nur Menschen antworten. Antworten Sie hier, oder drücken Sie **Lösen**.
agents-stays-with-people = **{ $name }** ist sensibel, deshalb kann der Assistent nicht antworten. Antworten Sie zuerst, oder drücken Sie **Lösen**.
agents-not-possible = Das geht nicht mehr: Der Status dieser Anfrage ist „{ $state }“. Die Schaltflächen auf ihrer Karte zeigen, was geht.
agents-not-answered-aloud = Ich konnte Ihnen im Thread nicht antworten. Bitte fragen Sie noch einmal, oder nutzen Sie **Show ids**.
agents-not-for-you = Nachschlagen können nur Mitglieder von { $place }. Lassen Sie sich dort aufnehmen.


## Für den Support, Nachschlagen und Startseite

agents-understood = { $ids }, eine Sitzungs- oder Anfrage-ID von Uppzy, die ID oder Nummer eines Tickets (HD-12) und die eigenen IDs (con_, que_, ans_, ver_, hof_, dec_, eff_, evt_, rel_, art_, tic_, job_, alm_)
agents-ids-of-slack = eine Slack-Nachricht (ihr ts, channel:ts oder ihr Link), ein Direktnachrichten-Kanal, die Slack-ID einer Person
agents-ids-of-teams = eine Teams-Nachricht (ihr Link), ein Chat oder ein Kanal, die Microsoft-Entra-ID einer Person
agents-no-id = Erwähnen Sie mich mit einer ID, dann zeige ich hier alles, was dazugehört. Ich verstehe { $understood }.
agents-known-as = { $id }: { $kinds }
agents-more-lines = { $count } weitere Zeilen passen hier nicht hin; `uppzy-desk find` zeigt alles.
agents-nothing-known = Zu { $id } weiß ich nichts. Ich verstehe { $understood }.
agents-nobody-waits = Die Warteschlange ist leer.
agents-nothing-matches = Nichts in der Warteschlange passt zu diesem Filter.
agents-nothing-found = Nichts gefunden in den neuesten { $searched } Anfragen Ihrer Kanäle. Geheimnisse und verborgene Fragen werden nicht durchsucht.
agents-figures = { $answered ->
    [one] Heute: **{ $opened }** geöffnet · **{ $resolved }** gelöst · **{ $answered }** Frage beantwortet. **{ $waiting }** nicht übernommen.
   *[other] Heute: **{ $opened }** geöffnet · **{ $resolved }** gelöst · **{ $answered }** Fragen beantwortet. **{ $waiting }** nicht übernommen.
}


## Für den Support, Karte und Thread

agents-no-question = (keine Frage: Eine Person wurde über eine Schaltfläche angefordert)
# Stands in place of a hidden question.
agents-hidden-question = Verborgen. Zum Lesen „{ label-reveal }“ drücken (das Ansehen wird protokolliert).
# Stands in place of a message about a hidden question.
agents-hidden-message = Verborgen. Zum Lesen auf der Karte „{ label-reveal }“ drücken.
agents-card-replaced = Die Karte davor wurde gelöscht. Antworten in ihrem Thread zählen weiterhin.
agents-draft-below = nicht gesendet; der Entwurf steht im Thread
agents-full-text-below = Der ganze Text steht auch im Thread.
agents-ticket-pending = Ticket ausstehend: Das Ticketsystem ist nicht erreichbar; ich versuche es weiter.
agents-ticket-not-created = Das Ticket konnte nicht angelegt werden ({ $reason }).
agents-ticket-not-created-without-reason = Das Ticket konnte nicht angelegt werden (ohne Angabe eines Grundes).
agents-no-answer = { $reason ->
    [refused] Keine Antwort vom Assistenten: Er konnte mit dieser Frage nichts anfangen.
    [failed] Keine Antwort vom Assistenten: Mehrere Versuche sind fehlgeschlagen.
    [not-set-up] Keine Antwort vom Assistenten: Er ist nicht richtig eingerichtet. Der Betrieb weiß Bescheid.
    [secret] Der Assistent wurde nicht gefragt: Die Regeln halten Fragen mit einem Geheimnis von ihm fern.
   *[unreachable] Keine Antwort vom Assistenten: Er war stundenlang nicht erreichbar.
}
agents-asked = (gefragt: { $question })
agents-answer-late = Der Assistent braucht länger als üblich; seine Antwort erscheint hier.
agents-not-sent = { $person }, Ihre Nachricht oben wurde nicht gesendet: Die Anfrage war nicht übernommen oder schon gelöst, oder es könnte eine Notiz sein. Übernehmen oder öffnen Sie sie, und schreiben Sie die Nachricht noch einmal.
# Zeilen mit höchstens 160 Zeichen darüber, wer was getan hat.
agents-claimed = { $by } hat das übernommen.
agents-joined = { $by } hilft jetzt mit.
agents-assigned = { $by } hat das { $person } zugewiesen.
agents-released = { $by } hat das freigegeben. Es ist nicht übernommen.
agents-released-from-you = { $person }, { $by } hat das für andere freigegeben. Es ist nicht mehr Ihnen zugeteilt.
agents-resolved = { $outcome ->
    [not-solvable] { $by } hat das ohne Lösung geschlossen.
    [duplicate] { $by } hat das als Duplikat geschlossen.
   *[solved] { $by } hat das gelöst.
}
agents-handed-back = { $by } hat das an den Assistenten zurückgegeben.
agents-reopened = { $by } hat das wieder geöffnet und übernommen.
agents-written-again = Es gibt eine neue Nachricht. Die Anfrage ist wieder offen und nicht übernommen.
agents-waits-for-employee = { $by } wartet auf die Antwort der anfragenden Person. Die Fristen ruhen.
agents-employee-reminded = Ich habe die anfragende Person an die Antwort erinnert.
agents-resumed = { $by } wartet nicht mehr auf die Antwort der anfragenden Person.
agents-employee-replied = { $person }, die anfragende Person hat geantwortet.
agents-timed-out = { $person }, es kam keine Antwort, also habe ich das geschlossen. Eine baldige Nachricht öffnet es wieder.
agents-written-again-to-you = { $person }, es gibt eine neue Nachricht. Die Anfrage ist wieder offen und nicht übernommen.
agents-claimer-gone = { $person } hat das übernommen, aber das Konto ist deaktiviert. Bitte weisen Sie es auf der Karte jemand anderem zu.
agents-withdrawn = Es wird keine Person mehr gebraucht. **Zurückgezogen**: Der Assistent antwortet wieder.
agents-withdrawn-from-you = { $person }: Es wird keine Person mehr gebraucht. **Zurückgezogen**: Der Assistent antwortet wieder.
agents-closed-by-employee = Die anfragende Person hat das geschlossen. Es wird keine Hilfe mehr gebraucht.
agents-closed-from-you = { $person }: Die anfragende Person hat das geschlossen. Es wird keine Hilfe mehr gebraucht.
agents-not-solved = Die anfragende Person sagt, es sei **nicht gelöst**. Die Anfrage ist wieder offen und nicht übernommen.
agents-not-solved-by-you = { $person }: Laut der anfragenden Person ist es **nicht gelöst**. Die Anfrage ist wieder offen und nicht übernommen.
agents-scored-low = Die anfragende Person bewertet die Lösung mit **{ $score } von 5**. Die Anfrage ist wieder offen und nicht übernommen.
agents-scored-low-by-you = { $person }: Die Lösung wurde mit **{ $score } von 5** bewertet. Die Anfrage ist wieder offen und nicht übernommen.
agents-message-deleted = Die anfragende Person hat eine Nachricht gelöscht.
agents-message-changed =
    Die anfragende Person hat eine Nachricht geändert. Sie lautet jetzt:
    { $words }
agents-hidden-message-changed = Die anfragende Person hat die Frage geändert. Drücken Sie auf der Karte **{ label-reveal }**, um sie zu lesen.
agents-whole-question =
    Die ganze Frage:
    { $words }
agents-ticket-gone = Das Ticket gibt es im Ticketsystem nicht mehr. Vielleicht wurde es gelöscht.
agents-unreachable = Das { $chat }-Konto von { $person } ist deaktiviert: Hier kommt nichts an, und das zuletzt Gesendete wurde nicht zugestellt.
agents-removed-the-bot = { $person } hat die App in { $chat } entfernt oder blockiert: Hier kommt nichts an, und das zuletzt Gesendete wurde nicht zugestellt.
agents-what-was-wrong =
    Grund für „nicht hilfreich“ ({ $role ->
        [agent] Support
       *[employee] anfragende Person
    }):
    { $words }
agents-hidden-reason = Die anfragende Person hat „nicht hilfreich“ begründet. Drücken Sie auf der Karte **{ label-reveal }**, um das zu lesen.
agents-claim-soon = **{ $name }** ist noch nicht übernommen. Fällig: { $when }.
agents-past-target = **{ $name }** ist überfällig und nicht übernommen. Die Anfrage bleibt offen, bis jemand sie übernimmt.
agents-on-call = **{ $name }** ist überfällig und nicht übernommen.
agents-file-removed = { $person } hat die Datei „{ $file }“ entfernt.
agents-copied-file-removed = { $person } hat die Datei „{ $file }“ entfernt. Ihre Kopie ist auch gelöscht.
agents-files-kept-out = { $count ->
    [one] { $person } hat eine Datei gesendet. Sie kommt nicht in diesen Thread, weil die Frage verborgen ist. Sagen Sie, wohin sie gesendet werden soll; **{ label-reveal }** nennt ihren Namen.
   *[other] { $person } hat { $count } Dateien gesendet. Sie kommen nicht in diesen Thread, weil die Frage verborgen ist. Sagen Sie, wohin sie gesendet werden sollen; **{ label-reveal }** nennt ihre Namen.
}
agents-answer = Antwort des Assistenten
agents-draft-title = KI-Entwurf
agents-whole-answer = **Die ganze Antwort des Assistenten**, wie sie gesendet wurde
agents-draft = **KI-Entwurf**.
agents-draft-asked-for = **KI-Entwurf**, angefragt von { $person }.
agents-draft-unsent = Nur das Team sieht ihn.
agents-sent-edited =
    { $by } hat den Entwurf bearbeitet und das gesendet:
    { $words }


## Für den Support, Änderungen am Ticket

agents-somebody = Jemand
agents-no-words-in-comment = (ohne Worte)
agents-rest-on-ticket = … (der Rest steht im Ticket)
agents-private-comment = **{ $author }** hat im Ticket eine interne Notiz geschrieben:
    { $words }
agents-comment-of-employee = **{ $author }** (anfragende Person) hat im Ticket geschrieben:
    { $words }
agents-comment-passed-on = **{ $author }** hat im Ticket geschrieben; ich habe es weitergegeben:
    { $words }
agents-comment-kept = **{ $author }** hat im Ticket geschrieben. Nicht weitergegeben, denn die Anfrage ist nicht übernommen:
    { $words }
agents-ticket-moved = Das Ticket ist im Ticketsystem jetzt **{ $status }**.
agents-ticket-moved-and-resolves = Das Ticket ist im Ticketsystem jetzt **{ $status }**; damit ist diese Anfrage gelöst.
agents-ticket-ended = Das Ticket ist im Ticketsystem jetzt **{ $status }**. Ist das gelöst?
agents-ticket-reopened = Das Ticket wurde im Ticketsystem wieder geöffnet: Es ist jetzt **{ $status }**.


## Für den Support, Gründe

reason-pressed = „{ label-talk-to-a-person }“ wurde gedrückt.
reason-for-others = Die Regel gilt für andere Mitarbeitende.
reason-follows-kept = Die Nachricht gehört zu einer Unterhaltung, die eine Regel dem Assistenten vorenthält.
reason-no-confidence = Der Assistent hat nicht angegeben, wie sicher er ist.
reason-rated-helpful = Die Antwort wurde als hilfreich bewertet.
reason-rated-not-helpful = Die Antwort wurde als nicht hilfreich bewertet.
reason-refused = Der Assistent hat diese Frage abgelehnt.
reason-unavailable = Der Assistent kann gerade nicht antworten.
reason-not-set-up = Der Assistent ist nicht verfügbar (Konfigurationsproblem).
reason-confidence = Die Sicherheit des Assistenten war { $level }.
reason-confidence-with-score = Die Sicherheit des Assistenten war { $level } ({ $score }).
reason-asked-for-person = Es wurde nach einer Person gefragt: „{ $asked }“.
reason-asked-for-person-in-words = Es wurde nach einer Person gefragt.
reason-sensitive = Die Nachricht berührt ein sensibles Thema: { $topics }.
reason-unresolved = { $times ->
    [1] Einmal innerhalb von { $within } gefragt, ohne Lösung.
   *[other] { $times }-mal innerhalb von { $within } gefragt, ohne Lösung.
}
reason-unavailable-for = Der Assistent kann seit { $time } nicht antworten.

why-not-asked-for-person = In der Nachricht fragt nichts nach einer Person.
why-not-sensitive = Die Nachricht berührt keines dieser Themen: { $topics }.
why-not-answered = Es gibt noch keine Antwort; die Regel verlangt eine mit dieser Sicherheit: { $wanted }.
why-not-confidence = Die Sicherheit des Assistenten war { $level }; die Regel verlangt { $wanted }.
why-not-confidence-with-score = Die Sicherheit des Assistenten war { $level } ({ $score }); die Regel verlangt { $wanted }.
why-not-confidence-absent = Der Assistent hat nicht angegeben, wie sicher er ist; die Regel verlangt { $wanted }.
why-level-not-stated = nicht angegeben
why-not-verdict = { $given ->
    [good] Die Antwort wurde als hilfreich bewertet
    [bad] Die Antwort wurde als nicht hilfreich bewertet
   *[none] Die Antwort wurde nicht bewertet
}; die Regel verlangt { $wanted ->
    [good] „hilfreich“
   *[bad] „nicht hilfreich“
}.
why-not-unresolved = { $times ->
    [0] Keine Frage blieb
    [one] Eine Frage blieb
   *[other] { $times } Fragen blieben
} innerhalb von { $within } ungelöst; die Regel verlangt { $wanted }.
why-available = Der Assistent war verfügbar.
why-not-unavailable = Der Assistent war { $time } nicht verfügbar; die Regel verlangt { $wanted }.
why-words-are-gone = Die Regel griff wegen Worten, die inzwischen gelöscht sind.
why-condition-has-changed = Die Regel griff; ihre Bedingung ist seither geändert.
why-rule-is-gone = Die Regel griff; in dieser Richtlinie gibt es sie nicht.


## Alarme

alarm-fix-credentials = Admins: erneuern, dann `uppzy-desk check` ausführen.
alarm-fix-plan = Admins: prüfen, was Tarif und Rolle des Kontos erlauben, dann `uppzy-desk check` ausführen.
alarm-fix-employee-unreachable = Die Direktnachricht mit der anfragenden Person ist nicht nutzbar. Bitte melden Sie sich auf anderem Weg.
alarm-fix-surface = Dieser Chat ist nicht mehr verbunden. Admins: neu verbinden; Abgebrochenes wird nicht nachgeholt.
alarm-fix-ids = Admins: die IDs in den Einstellungen prüfen, dann `uppzy-desk check` ausführen.
alarm-fix-unknown = Admins: Einzelheiten stehen im Log; `uppzy-desk find` mit einer ID zeigt, was dazugehört.
alarm-an-outside-system = ein anderes System
alarm-system = { $system ->
    [uppzy] Uppzy
    [slack] Slack
    [tickets] Das Ticketsystem
   *[other] { $name }
}
alarm-given-up = **{ alarm-system }** hat eine Anfrage abgelehnt ({ $code }): { $work }. { $fix }
alarm-credentials-rejected = **{ alarm-system }** hat den Schlüssel oder das Token abgelehnt ({ $code }): { $work }. { $fix }
alarm-work = { $work ->
    [ask] eine Frage wurde nicht beantwortet
    [submit] eine Frage wurde nicht beantwortet
    [collect] eine Antwort wurde nicht abgeholt
    [send-verdict] eine Bewertung wurde nicht weitergegeben
    [close-session] eine Sitzung wurde nicht geschlossen
    [create-ticket] ein Ticket wurde nicht angelegt
    [amend-ticket] ein Ticket wurde nicht ergänzt
    [set-ticket-status] der Status eines Tickets wurde nicht geändert
    [copy-note] eine Notiz wurde nicht ins Ticket kopiert
    [poll-ticket] ein Ticket wurde nicht gelesen
    [read-ticket] ein Ticket wurde nicht gelesen
    [write-contact-note] eine Notiz zu einem Kontakt wurde nicht geschrieben
    [upload-file] eine Datei wurde nicht weitergegeben
    [share-file] eine Datei wurde nicht weitergegeben
    [delete-file] die Kopie einer Datei wurde nicht gelöscht
    [retract-message] eine Nachricht wurde nicht zurückgenommen
    [refresh-card] eine Karte wurde nicht aktualisiert
    [refresh-article] eine Karte wurde nicht aktualisiert
    [refresh-gap-queue] eine Karte wurde nicht aktualisiert
    [find-gaps] Lücken wurden nicht gelesen
    [read-marked-message] eine markierte Nachricht wurde nicht gelesen
    [measure-article] ein Artikel wurde nicht ausgewertet
    [create-document] ein Artikel wurde nicht angelegt
    [change-document] ein Artikel wurde nicht geändert
    [set-document-status] ein Artikel wurde nicht aktiviert oder zurückgezogen
    [open-form] ein Formular wurde nicht geöffnet
    [show-home] ein Home-Tab wurde nicht angezeigt
    [show-search-report] eine Suche wurde nicht angezeigt
    [show-receipt] eine Reaktion wurde nicht gesetzt
    [dismiss-prompt] ein privater Hinweis wurde nicht entfernt
    [private-note] ein privater Hinweis wurde nicht angezeigt
    [write-digest] die Zahlen des Wochenrückblicks wurden nicht gelesen
    [upload-charts] die Diagramme des Wochenrückblicks wurden nicht gezeichnet
    [share-charts] die Diagramme des Wochenrückblicks wurden nicht gezeigt
    [for-employee] eine Nachricht hat jemanden nicht erreicht
   *[for-agents] eine Nachricht hat das Team nicht erreicht
}
alarm-channel-unusable = Ich kann im Kanal { $channel } nicht posten ({ $code }): Vielleicht warten dort Anfragen. Laden Sie mich ein, oder nennen Sie einen anderen Kanal in den Einstellungen oder der Policy. Dann `uppzy-desk check` ausführen.
alarm-channel-shared = Ich kann im Kanal { $channel } nicht posten ({ $code }): Vielleicht warten dort Anfragen. Beenden Sie die Freigabe, oder nennen Sie einen anderen Kanal in den Einstellungen oder der Policy. Dann `uppzy-desk check` ausführen.
alarm-review-not-posted = Ich kann den Wochenrückblick im Kanal { $channel } nicht posten ({ $code }). Ich bewahre ihn auf und versuche es jede Stunde wieder. Laden Sie mich ein, beenden Sie das Teilen oder nennen Sie in `REVIEW_CHANNEL` einen anderen Kanal, dann führen Sie `uppzy-desk check` aus.
alarm-policy-refused = Die geänderte Eskalationsrichtlinie enthält einen Fehler; die bisherige gilt weiter. { $mistake } Admins: die Datei berichtigen; `uppzy-desk rules check` zeigt, ob sie stimmt.
alarm-policy-refused-and-more = Die geänderte Eskalationsrichtlinie enthält Fehler; die bisherige gilt weiter. { $mistake } Und { $more } weitere. Admins: die Datei berichtigen; `uppzy-desk rules check` zeigt alle.
alarm-questions-wait = Der Assistent hat seit { $minutes } Minuten nicht geantwortet (älteste Frage). Admins: `uppzy-desk check` ausführen; `effect_delayed` im Log nennt den Grund.
alarm-overdue = Überfällig und nicht übernommen: { $names }
alarm-overdue-and-more = Überfällig und nicht übernommen: { $names } und { $more } weitere


## Tickets und Kontaktnotizen

ticket-no-subject = Mit einer Person sprechen
ticket-hidden-subject = Vertrauliche Anfrage
ticket-no-question = (keine; eine Person wurde über eine Schaltfläche angefordert)
ticket-answer-awaited = (noch nicht da)
ticket-no-answer = (keine)
ticket-body =
    Frage:
    { $question }

    Antwort des Assistenten:
    { $answer }

    Warum eine Person gebraucht wird:
    { $reasons }
ticket-hidden-body =
    Die Frage ist verborgen. Das Team liest sie in { $chat }; das Ansehen wird dort protokolliert.

    Warum eine Person gebraucht wird:
    { $reasons }
ticket-files = Dateien im { $chat }-Thread: { $files }
ticket-matter = Die anfragende Person sagt, worum es geht:
    { $matter }
ticket-late-answer = Antwort des Assistenten (uppzy_request_id { $request }):
    { $answer }
ticket-file-removed = Die anfragende Person hat eine Datei aus { $chat } entfernt.
ticket-card-address = In { $chat }: { $address }
ticket-claimed = In { $chat } übernommen.
ticket-assigned = In { $chat } zugewiesen.
ticket-released = In { $chat } freigegeben. Derzeit nicht übernommen.
ticket-waits-for-employee = Wartet in { $chat } auf die Antwort der anfragenden Person.
ticket-resumed = In { $chat } fortgesetzt.
ticket-timed-out = In { $chat } geschlossen: Die anfragende Person hat nicht geantwortet.
ticket-employee-replied = Die anfragende Person hat geantwortet.
ticket-resolved = In { $chat } beendet: { label-outcome-name }.
ticket-resolved-in-words = In { $chat } beendet: { label-outcome-name }.

    { $text }
ticket-handed-back = In { $chat } an den Assistenten zurückgegeben.
ticket-handed-back-unanswered = In { $chat } an den Assistenten zurückgegeben. Er hat noch nicht geantwortet.
ticket-assistant-answered = Der Assistent hat in { $chat } geantwortet.
ticket-assistant-did-not-answer = Der Assistent hat in { $chat } keine Antwort gegeben.
ticket-question-stopped = Die Frage wurde in { $chat } zurückgenommen.
ticket-continued-as = Weiter geht es als { $name }.
ticket-reopened = In { $chat } wieder geöffnet.
ticket-withdrawn = In { $chat } zurückgezogen: Es wird keine Person mehr gebraucht.
ticket-closed-by-employee = In { $chat } geschlossen: Es wird keine Hilfe mehr gebraucht.
ticket-written-again = Wieder geöffnet: neue Nachricht in { $chat }.
ticket-came-back = Die anfragende Person sagt, es sei nicht gelöst.
ticket-came-back-scored = Die anfragende Person bewertet die Lösung mit { $score } von 5.
ticket-agents-note = { $author } hat in { $chat } notiert:
    { $text }
ticket-agents-changed-note = { $author } hat in { $chat } eine Notiz geändert; sie lautet jetzt:
    { $text }
contact-answered-by-assistant = vom Assistenten beantwortet, ohne Person
contact-withdrawn = zurückgezogen
contact-closed-by-employee = von der anfragenden Person geschlossen
contact-handed-back = an den Assistenten zurückgegeben
contact-closed-without-reply = geschlossen, weil keine Antwort kam
contact-resolved = von Personen gelöst
contact-resolved-as = von Personen beendet: { label-outcome-name }
contact-with-people = bei Personen
contact-handoff-ended = { $name } { $ending }
contact-cut = … (gekürzt)
contact-verdicts-of = { $rating ->
    [good] { $count } hilfreich ({ label-role })
   *[bad] { $count } nicht hilfreich ({ label-role })
}
contact-conversation-completed = Eine Unterhaltung in { $chat } ist abgeschlossen: { $outcome }.
contact-questions-answered = Beantwortete Fragen: { $count }
contact-verdicts = Bewertungen: { $verdicts }
contact-no-verdicts = Bewertungen: keine
contact-exchange =
    Frage: { $question }

    Assistent: { $answer }


## Schaltflächen

label-ask-again = Noch einmal fragen
label-talk-to-a-person = Mit einer Person sprechen
label-ask-a-colleague = Jemanden fragen
label-open-another = Noch eine öffnen
label-tell-us-why = Grund nennen
label-helpful = Hilfreich
label-not-helpful = Nicht hilfreich
label-mark-as-helpful = Diese Antwort als hilfreich markieren
label-mark-as-not-helpful = Diese Antwort als nicht hilfreich markieren
label-solved = Ja, gelöst
label-not-solved = Nein, noch nicht
# For screen readers; the button shows the number.
label-score-button = { $score ->
    [1] 1 von 5: gar nicht gelöst
    [5] 5 von 5: vollständig gelöst
   *[other] { $score } von 5
}
label-all-good = Nein, alles gut
label-claim = Übernehmen
label-join = Beitreten
label-resolve = Lösen
label-hand-back = An Assistenten zurückgeben
label-reopen = Wieder öffnen
label-assign = Zuweisen an …
label-release = Freigeben
label-wait = Auf Antwort warten
label-resume = Fortsetzen
label-withdraw = Ich brauche keine Person
label-claim-and-send = Übernehmen und senden
label-send = Senden
label-reopen-and-send = Wieder öffnen und senden
label-cancel = Abbrechen
label-close = Schließen
label-keep-inside = Intern lassen
label-reveal = Aufdecken
label-show-all = Alles anzeigen
label-explain = Warum?
label-show-ids = IDs anzeigen
label-retry-ticket = Ticket erneut versuchen
label-send-draft = Entwurf senden
label-edit-draft = Vor dem Senden bearbeiten


## Karte

label-asked-by = Gefragt von
label-priority = Priorität
label-priority-name = { $priority ->
    [low] niedrig
    [normal] normal
    [high] hoch
   *[urgent] dringend
}
label-ticket = Ticket
label-ticket-awaited = wird angelegt
label-no-ticket = Kein Ticket für diese Regel
label-state = Status
label-state-name = { $state ->
    [open] offen
    [claimed] übernommen
    [pending] wartet auf Antwort
    [resolved] gelöst
    [withdrawn] zurückgezogen
    [timed-out] ohne Antwort geschlossen
    [closed] geschlossen
   *[handed-back] zurückgegeben
}
label-state-open = Nicht übernommen
label-state-open-again = Nicht übernommen – neue Nachricht nach Abschluss durch { $agent }
label-state-claimed = übernommen von { $agent }
label-state-pending = wartet auf Antwort, übernommen von { $agent }
label-state-claimed-with = mit { $agent }
label-state-ended-by = { label-state-name } von { $agent }
label-state-ended-with-ticket = { label-state-name } im Ticketsystem
label-target = Fällig
label-overdue = ⏰ Überfällig seit
label-question = Frage
label-reasons = Warum eine Person gebraucht wird
label-colon = :
label-confidence = Sicherheit
label-sources = Quellen
label-confidence-not-given = nicht angegeben
label-confidence-level = { $level ->
    [low] gering
    [medium] mittel
    [high] hoch
   *[other] { $level }
}
label-answer-seen = gesendet
label-answer-unseen = Entwurf – nicht gesendet
label-answer-awaited = noch nicht da
label-no-answer = keine
label-resolution-shown = Lösung
label-resolved-before = Schon einmal gelöst
label-is-solved = { $solved ->
    [yes] als gelöst bestätigt
    [no] als nicht gelöst gemeldet
   *[unknown] Bestätigung steht aus
}
label-scored = mit { $score } von 5 bewertet
label-score-awaited = Bewertung steht aus
label-last-revealed = Zuletzt aufgedeckt von { $agent }, { $moment }
label-role = { $role ->
    [agent] Support
   *[employee] anfragende Person
}
label-verdict = { $rating ->
    [good] { $voter }: hilfreich ({ label-role })
   *[bad] { $voter }: nicht hilfreich ({ label-role })
}
label-message-deleted = { $author } hat diese Nachricht gelöscht
label-writes = { $author }
label-writes-changed = { $author } (bearbeitet)
label-from-support = { $author } vom Support
label-draft-edited-by = bearbeitet und gesendet von { $agent }
label-draft-sent-by = gesendet von { $agent }
label-the-handoff-channel = dem Support-Kanal
label-someone = jemand


## Alarme, Dauer

label-in-all = { $count } insgesamt
label-alarm-since = Seit { $moment }
label-alarm-over = Vorbei:
label-alarm-lasted = Von { $begin } bis { $end }


## Startseite

label-requests = Ihre Anfragen
label-open-requests = Ihre offenen Anfragen
label-past-requests = Ihre früheren Anfragen
label-open-thread = Thread öffnen
label-no-request-words = keine Frage
label-words-forgotten = Ihre Worte wurden inzwischen gelöscht
label-request-state = { $state ->
    [waiting] 🟠 Wartet auf den Support
    [with-support] 🔵 Der Support kümmert sich darum
    [reply-needed] ⏸️ Wartet auf Ihre Antwort
    [answering] 💬 Der Assistent arbeitet daran
    [answered] ✅ Vom Assistenten beantwortet
    [stopped] ⏹️ Gestoppt
    [unanswered] ⚠️ Nicht beantwortet
    [not-asked] ⚪ Keine Frage gestellt
    [resolved] ✅ Gelöst
    [closed-by-you] ⚪ Von Ihnen geschlossen
   *[closed] ⚪ Vom Support geschlossen
}
label-agent-is-on-it = 🔵 { $agent } kümmert sich darum
label-support-team = dem Support
label-queue = Warteschlange
label-group = { $group ->
    [overdue] Überfällig
    [unclaimed] Nicht übernommen
    [mine] Ihre
   *[others] Bei anderen
}
label-search = Suchen
label-clear-search = Suche beenden
label-refresh = Aktualisieren
label-more-found = Es gibt weitere; grenzen Sie die Suche ein, um sie zu sehen
label-searched = Ergebnisse für { $terms }
label-every-handoff = Alles
label-shown-part = { $part ->
    [mine] Meine
    [unclaimed] Nicht übernommen
   *[overdue] Überfällig
}
label-every-rule = Alle Regeln
label-every-priority = Alle Prioritäten
label-queue-left-out = und { $count } weitere; schränken Sie die Liste ein, um sie zu sehen
label-just-now = gerade eben
label-ago = vor { $age }
label-queued-waiting = wartet seit { $age }
label-queued-with = bei { $agent }, geöffnet { $ago }
label-age = { $unit ->
    [minute] { $amount } Min.
    [hour] { $amount } Std.
   *[day] { $amount ->
        [one] { $amount } Tag
       *[other] { $amount } Tagen
    }
}


## Formulare

label-reason-title = Was war falsch?
label-reason = Sagen Sie uns, was an der Antwort falsch war
label-reason-hint = Der Support liest das. Bitte schreiben Sie hier keine Passwörter.
label-resolution-title = Wie wurde es gelöst?
label-resolution = Die Lösung in Ihren Worten
label-resolution-hint = Die anfragende Person liest das. Ist die Frage nicht verborgen, steht es auch auf der Karte und im Ticket, ohne Geheimnisse.
label-outcome = Ergebnis
label-outcome-hint = Bestimmt den Status des Tickets.
label-outcome-option = { $outcome ->
    [not-solvable] Nicht lösbar
    [duplicate] Duplikat einer anderen Anfrage
   *[solved] Gelöst
}
label-outcome-name = { $outcome ->
    [not-solvable] nicht lösbar
    [duplicate] Duplikat
   *[solved] gelöst
}
label-reference = Hilfeartikel
label-reference-hint = Speichert die Frage, sofern sie nicht verborgen ist, mit Ihren Worten als Entwurf, ohne Geheimnisse. Nichts wird veröffentlicht.
label-make-reference = Als Entwurf eines Hilfeartikels speichern
label-assignee-title = Zuweisen
label-assignee = Zuständig
label-assignee-hint = Mitglieder dieses Kanals.
label-draft-title = Entwurf bearbeiten
label-draft-words = Die Antwort an die Person
label-draft-hint = Sie wird unter Ihrem Namen gesendet.
label-search-title = Anfragen suchen
label-search-words = Nummer oder Wörter
label-search-hint = Eine Nummer wie HD-12 oder Wörter der Frage.
label-search-employee-hint = Lassen Sie ein Feld leer, oder füllen Sie beide aus.
label-whole-card-title = Frage und Antwort
label-original-title = Ursprüngliche Nachricht
label-original-note = Nur Sie sehen das, und das Ansehen wird protokolliert. Kopieren Sie es nicht in den Thread.


## Artikel: private Hinweise, Karten und Formulare

agents-mark-outside-handoff = Einen Artikel kann ich nur aus einer Nachricht im Thread einer Anfrage entwerfen.
agents-article-changed-meanwhile = Jemand hat diesen Artikel inzwischen geändert. Sehen Sie sich die Karte an und versuchen Sie es noch einmal.
agents-second-person-approves = Sie haben diesen Artikel geschrieben. Freigeben muss ihn jemand anderes.
agents-article-needs-words = Ein Artikel braucht einen Titel, eine Frage und eine Antwort.
agents-article-drafted = Aus **{ $name }** ist in { $place } ein Artikelentwurf entstanden. Bearbeiten Sie ihn dort, damit ihn jemand freigeben kann.
agents-article-approved-already = { $person } hat diesen Artikel schon freigegeben. Er ist auf dem Weg zum Assistenten.
# $state is one of the words of label-article-state.
agents-article-not-possible = Dieser Artikel ist { label-article-state }; das geht jetzt nicht mehr. Die Schaltflächen auf der Karte zeigen, was geht.
label-article-state = { $state ->
    [draft] ein Entwurf
    [waiting] noch nicht freigegeben
    [sending] auf dem Weg zum Assistenten
    [ready] in Gebrauch
    [withdrawn] zurückgezogen
   *[refused] vom Assistenten nicht angenommen
}
label-article-approve = Freigeben
label-article-edit = Bearbeiten
label-article-withdraw = Zurückziehen
label-article-activate = Wieder aktivieren
label-article-try-again = Erneut versuchen
label-article-category = Kategorie
label-article-no-category = keine
label-article-answer = Antwort
label-article-no-words = noch keine – bitte bearbeiten
label-article-written-by = Geschrieben von
label-article-approved-by = Freigegeben von
label-article-source = Aus
label-article-outdated = Der Assistent nutzt noch die frühere Fassung.
label-article-used-since = Der Assistent nutzt ihn seit { $moment }.
label-article-delayed = Der Assistent nimmt ihn gerade nicht an ({ $code }). Ich versuche es weiter.
label-article-refused = { $reason ->
    [plan] Der API-Schlüssel darf keine Dokumente verwalten ({ $code }): Erlauben Sie es in den Einstellungen des Assistenten und versuchen Sie es erneut.
    [credentials] Der Assistent akzeptiert den API-Schlüssel nicht ({ $code }). Administration: `uppzy-desk check` ausführen, dann erneut versuchen.
    [gone] Das Dokument oder seine Site gibt es nicht mehr ({ $code }). Versuchen Sie es erneut, um es neu anzulegen.
    [no-id] Der Assistent hat ihn angenommen, aber keine Kennung des Dokuments genannt ({ $code }). Sehen Sie dort nach, bevor Sie es erneut versuchen.
    [unreadable] Vielleicht ist er schon da, aber die Liste der Dokumente ist nicht lesbar ({ $code }). Sehen Sie dort nach, bevor Sie es erneut versuchen.
   *[other] Der Assistent hat ihn nicht angenommen ({ $code }). Versuchen Sie es erneut, oder ändern Sie ihn vorher.
}
agents-article-figures = { $verdict ->
    [helped] Er hat geholfen
    [no-change] Er hat nichts verändert
    [got-worse] Es ist schlechter geworden
   *[too-few-to-say] Zu wenige Fragen, um zu sagen, ob er hilft
} ({ $days } Tage): ungelöst { $troubled } von { $questions } Fragen, vorher { $troubled_before } von { $questions_before }. Gefragt { $asked }-mal die Woche, vorher { $asked_before }-mal.
label-article-title = Artikel
label-article-whole-title = Der ganze Artikel
label-article-name = Titel
label-article-name-hint = Der Assistent kann ihn als Quelle anzeigen.
label-article-question-hint = So, wie man sie stellen würde. Keine Namen, keine Geheimnisse.
label-article-answer-hint = Markdown. Das darf der Assistent allen sagen.
label-article-category-hint = Freiwillig, etwa „VPN“.
label-article-submit = Speichern
label-article-answer-part = Antwort, Teil { $number } von { $parts }


## Bericht

label-report-not-known = nicht bekannt
label-report-conversation-title = Unterhaltung
label-report-conversation = { $title } { $id } von { $employee } · Thread { $place } · { $moment }
label-report-owner = Zuständig: { $owner ->
    [bot] der Assistent
   *[people] Menschen
} · Sitzung { $session } (Nummer { $number })
label-report-question = • Frage { $id } · { $state } · Nachricht { $place } · { $moment }
label-report-answer = Antwort { $id } · Anfrage { $request } · Sitzung { $session } · Sicherheit { $confidence } · { $posted } · { $moment }
label-report-posted = Nachricht { $message }
label-report-not-posted = nicht gepostet
label-report-verdict = Bewertung { $id } · { label-verdict } · { $moment }
label-report-decision = • Entscheidung { $id } · Regeln: { $rules } · Policy { $policy } · { $moment }
label-report-handoff-title = Übergabe { $name }
label-report-handoff = • { $title } { $id } · { label-state-name } · Priorität { label-priority-name } · { $thread }
label-report-thread = zum Thread
label-report-no-card = noch keine Karte
label-report-ticket = Ticket { $number } · ID { $id } in { $system }
label-report-ticket-not-there = Ticket: noch nicht da
label-report-event = { $event ->
    [opened] geöffnet
    [claimed] übernommen
    [resolved] gelöst
    [handed-back] zurückgegeben
    [withdrawn] zurückgezogen
    [reopened] wieder geöffnet
    [joined] beigetreten
    [assigned] zugewiesen
    [released] freigegeben
    [pending] wartet auf Antwort
    [employee-reminded] an Antwort erinnert
    [resumed] fortgesetzt
    [replied] Antwort erhalten
    [timed-out] ohne Antwort geschlossen
    [written-again] durch neue Nachricht wieder geöffnet
    [relayed] Nachricht gesendet
    [unsent] gesendete Nachricht gelöscht
    [said-solved] als gelöst bestätigt
    [said-not-solved] als nicht gelöst gemeldet
    [said-partly-solved] als teilweise gelöst gemeldet
    [kept-as-reference] als Entwurf eines Hilfeartikels gespeichert
    [assistant-asked] Assistenten gefragt
    [draft-sent] Entwurf gesendet
    [moved] aus einem geteilten Kanal verschoben
    [card-replaced] Karte nach dem Löschen neu gepostet
    [revealed] Frage aufgedeckt
    [ticket-retried] Ticket erneut versucht
    [reminded] erinnert
    [overdue] überfällig
    [on-call] Bereitschaft gerufen
    [ticket-moved] im Ticketsystem geändert
   *[ticket-comment] Kommentar im Ticketsystem
}
label-report-event-by = { $event ->
    [written-again] { $person }: durch neue Nachricht wieder geöffnet
    [relayed] { $person }: Nachricht gesendet
    [unsent] { $person }: gesendete Nachricht gelöscht
    [said-solved] { $person }: gelöst
    [said-not-solved] { $person }: nicht gelöst
    [said-partly-solved] { $person }: teilweise gelöst
    [kept-as-reference] { $person }: Entwurf eines Hilfeartikels gespeichert
    [assistant-asked] { $person }: Assistenten gefragt
    [draft-sent] { $person }: Entwurf gesendet
    [ticket-comment] { $person }: Kommentar im Ticketsystem
   *[other] { $person }: { label-report-event }
}
label-report-effects = • Effekte: { $states }
label-report-scheduled = • Geplante Aufgabe { $id } · { $kind } · { $progress } · { $moment }
label-report-waits = wartet
label-report-done = erledigt { $moment }

## The weekly review, in its channel and on the command line

review-title = Rückblick vom { $first } bis { $last }
review-weekly-title = Wochenrückblick: { $first } bis { $last }
review-count = { $count }
review-count-and-share = { $count } ({ $percent } %)
review-total = { $count } insgesamt
review-rule = { $rule }: { $count }
review-other-rules = andere Regeln: { $count }
review-employees-verdicts = Mitarbeitende: { $good } hilfreich, { $bad } nicht hilfreich
review-agents-verdicts = Support: { $good } hilfreich, { $bad } nicht hilfreich
review-level = { $level }: { $answers ->
    [one] { $answers } Antwort
   *[other] { $answers } Antworten
}, { $good } hilfreich, { $bad } nicht hilfreich, { $escalated } übergeben
review-level-name = { $level ->
    [high] hoch
    [medium] mittel
    [low] niedrig
    [absent] nicht angegeben
   *[other] { $name }
}
review-times = die Hälfte binnen { $p50 }, neun von zehn binnen { $p90 } ({ $of ->
    [one] { $of } Übergabe
   *[other] { $of } Übergaben
})
review-within-target = innerhalb der Zielzeit übernommen: { $count } von { $of }
review-no-times = keine
review-span = { $unit ->
    [second] { $amount } s
    [minute] { $amount } min
    [hour] { $amount } Std.
   *[day] { $amount } Tg.
}
review-article = { $title }: { $figures }
review-label = { $figure ->
    [questions] Fragen
    [answered] Ohne Menschen beantwortet
    [handoffs] Übergaben
    [verdicts] Bewertungen
    [confidence] Sicherheit
    [first-word] Erstes Wort eines Menschen
    [claim] Übernommen
    [resolution] Gelöst
    [reopened] Wieder geöffnet
    [articles] Artikel in Gebrauch: Haben sie geholfen?
   *[came-back] Zurückgekommen nach „Ja, gelöst“
}
review-definition = { $figure ->
    [questions] Fragen, die Mitarbeitende im Zeitraum gestellt haben, ohne Grüße und Dank. Fragen des Supports an den Assistenten zählen nicht.
    [answered] Fragen, die der Assistent der fragenden Person beantwortet hat und für die keine Übergabe geöffnet wurde. Der Anteil bezieht sich auf alle Fragen.
    [handoffs] Im Zeitraum geöffnete Übergaben, insgesamt und unter jeder Regel, die sie ausgelöst hat. Eine mit zwei Regeln zählt unter beiden.
    [verdicts] Aktuelle Bewertungen von Antworten auf Fragen des Zeitraums: Eine geänderte Bewertung zählt so, wie sie jetzt ist.
    [confidence] Antworten an Mitarbeitende, Entwürfe eingeschlossen, nach der Sicherheit des Assistenten; die Bewertungen der Mitarbeitenden dazu, und wie viele der Fragen übergeben wurden.
    [first-word] Vom Öffnen einer Übergabe bis zur ersten Nachricht eines Menschen an die fragende Person.
    [claim] Vom Öffnen einer Übergabe bis zur ersten Übernahme oder Zuweisung. Die Zielzeiten sind die der Policy, in Arbeitszeit.
    [resolution] Vom Öffnen einer Übergabe bis zur letzten Lösung durch den Support. Übergaben, die zurückgegeben, zurückgezogen oder ohne Antwort geschlossen wurden, haben keine.
    [reopened] Übergaben des Zeitraums, die nach einer Lösung wieder geöffnet wurden.
    [articles] Fragen zum Thema eines Artikels, in den 28 Tagen, bevor er in Gebrauch kam, und seitdem. Ungelöst: geringe oder keine Sicherheit, als nicht hilfreich bewertet oder übergeben.
   *[came-back] Übergaben des Zeitraums, bei denen „Ja, gelöst“ gesagt wurde und die später wieder geöffnet wurden.
}
review-quantiles = Zeiten sind nächste Ränge: Die Hälfte der Übergaben dauerte nicht länger als die erste, neun von zehn nicht länger als die zweite.
review-changes = Verändert seit dem Zeitraum davor
review-change = { $direction ->
    [up] ↑
   *[down] ↓
} { $figure ->
    [questions] Fragen
    [answered-without-person] Ohne Menschen beantwortet
    [handoffs] Übergaben
    [employee-bad] Bewertungen von Mitarbeitenden mit „nicht hilfreich“
    [unsure] Antworten mit niedriger oder ohne Sicherheit
    [first-word] Erstes Wort eines Menschen, Hälfte der Übergaben
    [claim] Übernommen, Hälfte der Übergaben
    [resolution] Gelöst, Hälfte der Übergaben
   *[reopened] Wieder geöffnete Übergaben
}: { $before } → { $after }
review-no-changes = Nichts, was mehr als Zufall wäre.
review-noise = Nur was durch Zufall seltener als einmal in hundert Fällen vorkäme: Anzahlen nach dem exakten Binomialtest, Anteile nach Fishers exaktem Test, Zeiten nach Moods Mediantest.
review-percent = { $percent } %

## The charts of the review

review-weeks-title = Fragen und Übergaben je Woche
review-weeks-in-words = Fragen und Übergaben jeder Woche:
review-week-in-words = ab { $begins }: { $questions } Fragen, { $handoffs } Übergaben
review-levels-title = Sicherheit und Bewertungen
review-levels-in-words = Antworten nach Sicherheit und die Bewertungen der Mitarbeitenden:
review-level-in-words = { $level }: { $good } hilfreich, { $bad } nicht hilfreich, { $unrated } ohne Bewertung
review-helpful = hilfreich
review-not-helpful = nicht hilfreich
review-not-rated = ohne


## The gaps of the review

review-gaps = Lücken
review-no-gaps = Keine.
review-gaps-definition = Fragen mit niedriger oder ohne Sicherheit, mit schlechter Bewertung, erneut gestellt, übergeben oder ohne Worte beantwortet, nach ihren wichtigsten Wörtern gruppiert; die größte Gruppe zuerst, jede mit ihrem Anteil an allen Fragen und der besten Lösung des Supports.
review-words-gone = die Worte wurden nach der Aufbewahrungszeit gelöscht
review-gap = { $number }. { $examples }: { $questions ->
    [one] { $questions } Frage
   *[other] { $questions } Fragen
} ({ $percent } %); { $reasons }
review-gap-resolution = → { $resolution }
review-trouble = { $reason ->
    [low-confidence] niedrige Sicherheit
    [absent-confidence] ohne Sicherheit
    [bad-verdict] nicht hilfreich
    [repeated] erneut gestellt
    [handed-over] übergeben
   *[answered-without-words] ohne Worte beantwortet
} { $count }

## The queue of gaps

review-gap-title = Lücke { $position } von { $total }
review-gap-size = { $count ->
    [one] 1 Frage, { $percent } % aller Fragen
   *[other] { $count } Fragen, { $percent } % aller Fragen
}
review-gap-examples = So wurde gefragt
review-gap-resolutions = So haben Kolleginnen und Kollegen es gelöst
label-gap-next = Nächste Lücke
label-gap-previous = Zurück
label-gap-write-article = Artikel schreiben
label-gap-not-a-gap = Keine Lücke
label-gap-snooze = Eine Woche zurückstellen
label-gap-take-back = Zurücknehmen
review-gap-dismissed = { $person } meint, dass das keine Lücke ist.
review-gap-snoozed = { $person } hat das bis { $moment } zurückgestellt.
review-gap-has-article = Für diese Lücke wurde ein Artikel begonnen.
agents-gap-decided-already = { $state ->
    [dismissed] { $person } hat schon gesagt, dass das keine Lücke ist.
   *[snoozed] { $person } hat diese Lücke schon zurückgestellt.
}
agents-gap-taken-back-already = Diese Lücke steht schon wieder in der Liste.

### Les phrases du support en français. en.ftl explique les variables.


## Pour les employés

employee-disclaimer = Généré par une IA. Vérifiez les informations importantes.
employee-takes-longer = C'est plus long que d'habitude. J'y travaille toujours et je vous répondrai ici.
employee-continued-here = Le premier message de notre conversation a été supprimé, je continue donc ici. Répondez simplement dans ce fil.
employee-stopped = Arrêté.
employee-nothing-to-stop = Il n'y a rien à arrêter pour le moment.
# **new** and **home** are commands, which are not translated.
employee-greeting = Bonjour ! Je suis l'assistant du support. Posez votre question avec vos mots ; au besoin, je fais venir une personne. **new** ouvre un nouveau sujet, **home** montre vos demandes.
employee-new-topic = Nouveau sujet. De quoi avez-vous besoin ?
employee-topic-must-wait = **{ $name }** est encore ouverte : ce que vous écrivez ici va au support. Écrivez **home** pour la fermer d'abord.
employee-no-words = Je ne peux répondre qu'à des questions écrites. De quoi avez-vous besoin ?
employee-only-files = Je ne peux pas lire les pièces jointes. Décrivez votre demande par écrit ou parlez à une personne.
employee-files-unread = Je ne peux pas lire les pièces jointes : cette réponse repose uniquement sur votre message.
employee-edited-too-late = Vous avez modifié votre message après ma réponse. Répondez ici si vous souhaitez une nouvelle réponse.
employee-not-yours = Seule la personne qui a posé la question peut le faire.
employee-nothing-asked = Aucune demande pour l'instant. Écrivez-moi un message, et il apparaîtra ici.
employee-thanks-for-reason = Merci pour votre retour.
employee-asked-again =
    Vous avez reposé la question :
    { $words }
employee-did-it-help = Cela a-t-il résolu votre problème ?
employee-how-well-solved = Dans quelle mesure est-ce résolu ? 1 veut dire pas du tout, 5 entièrement.
employee-write-again = Encore besoin d'aide ? Répondez simplement ici.
employee-you-said-solved = Votre réponse : **oui, résolu**.
employee-you-said-not-solved = Votre réponse : **non, pas encore**.
employee-you-said-all-good = Votre réponse : **non, tout va bien**.
employee-you-scored = Votre réponse : **{ $score } sur 5**.
employee-thanks-solved = Tant mieux, merci.
employee-taken-as-solved = Marqué comme résolu.
employee-you-are-welcome = Avec plaisir ! Si vous avez besoin d'autre chose, demandez-moi.
employee-small-talk = Bonjour ! Je suis l'assistant du support. Dites-moi avec vos mots ce dont vous avez besoin.
employee-anything-else = Très bien. Si vous avez besoin d'autre chose, demandez-moi.
# The rule of the policy offers a person; the button below says "Ask a colleague".
employee-offer = Voulez-vous que je demande à un collègue ?
employee-offer-after-unsure-answer = Je ne suis pas sûr de cette réponse. Voulez-vous que je demande à un collègue ?
employee-offer-accepted = Votre réponse : **demander à un collègue**.
# $names are ticket numbers. The button below says "Open another".
employee-many-open = { $count ->
    [one] Vous avez déjà une demande ouverte aujourd'hui : **{ $names }**.
   *[other] Vous avez déjà { $count } demandes ouvertes aujourd'hui : **{ $names }**.
}
# Stands behind employee-many-open.
employee-shall-open-another = En ouvrir une autre ?
employee-another-opened = Votre réponse : **en ouvrir une autre**.
employee-still-answering = Je travaille encore sur votre question et je répondrai ici.
employee-sorry-not-helpful = Désolé que cela ne vous ait pas aidé. Dites-moi ce qui manque, ou parlez à une personne.
employee-reopened-by-you = Rouvert.
employee-no-person-needed = Votre réponse : **Je n'ai pas besoin d'une personne**.
employee-answer-withheld = Je ne peux pas répondre automatiquement à cette question. Vous pouvez redemander une personne à tout moment.
employee-answered-meanwhile = Quelqu'un du support a déjà répondu. Dites-le ici si vous n'avez plus besoin d'aide.
employee-in-line = Votre question est numéro { $number } dans la file. Je répondrai ici.
employee-rated-helpful = Votre avis : cette réponse est utile. Merci !
employee-rated-not-helpful = Votre avis : cette réponse n'est pas utile.
employee-contains-secret = { $kind ->
    [number] Votre message semble contenir un numéro de carte ou de compte. S'il est réel, supprimez le message : ouvrez son menu (⋮) et choisissez **Supprimer le message**.
   *[secret] Votre message semble contenir un mot de passe ou un autre secret. Changez-le maintenant, d'autres ont pu le lire. Supprimez ensuite le message : menu (⋮), **Supprimer le message**.
}
employee-no-answer = { $reason ->
    [refused] Je n'obtiens pas de réponse à cette question. Demandez à parler à une personne.
    [failed] J'ai essayé plusieurs fois sans obtenir de réponse. Demandez à parler à une personne.
    [not-set-up] Je ne peux pas répondre pour le moment. Les administrateurs sont prévenus. Demandez à parler à une personne.
    [secret] Je ne réponds pas aux messages qui contiennent un secret. Reposez la question sans le secret, ou demandez une personne, qui verra votre message sans le secret.
   *[unreachable] Je ne peux plus répondre depuis des heures et j'ai arrêté d'essayer. Reposez la question ou demandez une personne.
}
employee-handed-over = J'ai transmis votre demande au support. Quelqu'un vous répondra ici.
# Ends the sentences about the handover, where the employee has only asked for a person.
employee-what-about = En attendant, de quoi s'agit-il ?
employee-expect-from = Personne ne travaille en ce moment. Quelqu'un vous répondra à partir du { $opening }.
employee-expect-by = Vous devriez avoir une réponse d'ici au { $due }.
employee-overdue = Désolé pour l'attente : personne n'a encore pris **{ $name }**. J'ai relancé le support.
employee-at-work = Le support est de retour et a **{ $name }** dans sa file d'attente. Quelqu'un vous répondra ici.
employee-ticket-in-brackets = (**{ $name }**)
employee-ticket-number = Votre numéro de ticket est **{ $name }**.
employee-nobody-reached = Je n'arrive pas à joindre le support dans { $chat }. Contactez-le autrement en citant **{ $name }**.
employee-nobody-reached-but = Je n'arrive pas à joindre le support dans { $chat }. Contactez-le via { $contact } en citant **{ $name }**.
employee-reached = Le support a finalement reçu **{ $name }**. Inutile de le contacter autrement ; quelqu'un vous répondra ici.
employee-passed-on = Je l'ai ajouté à **{ $name }**. Jusqu'à la résolution, ce que vous écrivez ici est transmis au support.
employee-file-left-out = { $obstacle ->
    [elsewhere] Je n'ai pas pu transmettre « { $file } » : il se trouve hors de { $chat }.
    [too-large] Je n'ai pas pu transmettre « { $file } » (plus de { $megabytes } Mo).
    [not-visible] Je n'ai pas pu transmettre « { $file } » : il est dans une conversation que je ne vois pas.
    [not-allowed] Je n'ai pas pu transmettre « { $file } » : je n'ai pas le droit de copier des fichiers ici.
    [gone] Je n'ai pas pu transmettre « { $file } » : il n'existe plus.
   *[refused] Je n'ai pas pu transmettre « { $file } » : { $chat } l'a refusé.
}
employee-file-linked = Le support a reçu un lien à la place.
employee-files-kept-out = Je n'ai pas transmis vos fichiers, pour que cela reste confidentiel. La personne qui vous répondra vous dira comment les envoyer.
employee-claimed = { $person } s'occupe de **{ $name }** avec vous. Répondez simplement ici.
employee-joined = { $person } participe aussi à **{ $name }** et lit ce que vous écrivez ici.
employee-released = **{ $name }** est de nouveau dans la file d'attente. Quelqu'un d'autre du support vous répondra ici.
employee-reply-needed = { $person } a besoin de votre réponse pour avancer sur **{ $name }**. Écrivez simplement ici.
employee-reply-still-needed = Le support attend toujours votre réponse pour **{ $name }**. Écrivez simplement ici.
employee-closes-without-reply = Sans réponse, je fermerai la demande le { $closing }.
employee-timed-out = J'ai fermé **{ $name }**, faute de réponse de votre part. Encore besoin d'aide ? Écrivez simplement ici.
employee-written-again = J'ai rouvert **{ $name }**. Le support a reçu votre message ; quelqu'un vous répondra ici.
employee-resolved = { $outcome ->
    [not-solvable] { $person } a fermé **{ $name }** sans solution.
    [duplicate] { $person } a fermé **{ $name }** comme doublon.
   *[solved] { $person } a marqué **{ $name }** comme résolu.
}
employee-resolved-in-words = { $outcome ->
    [not-solvable] { $person } a fermé **{ $name }** sans solution :
    [duplicate] { $person } a fermé **{ $name }** comme doublon :
   *[solved] { $person } a marqué **{ $name }** comme résolu :
}
    { $words }
employee-closed-with-ticket = Le support a fermé **{ $name }**.
employee-resolved-with-ticket = Le support a résolu **{ $name }**.
employee-shall-reopen = **{ $name }** est fermé, le support n'a donc pas vu ce message. Le rouvrir ?
employee-withdrawn = D'accord, j'ai prévenu le support ; **{ $name }** est fermé. Je réponds de nouveau à vos questions.
employee-withdrawn-already = **{ $name }** est déjà fermé. Posez-moi vos questions.
employee-closed-by-you = J'ai fermé **{ $name }** et prévenu le support. Besoin d'aide quand même ? Répondez simplement ici.
employee-came-back = Merci de nous l'avoir dit. J'ai rouvert **{ $name }** ; quelqu'un vous répondra ici.
employee-reopened = { $person } a rouvert **{ $name }**.
employee-handed-back = { $person } m'a rendu la conversation, à moi, l'assistant. Posez-moi vos questions.
employee-handed-back-unanswered = { $person } m'a rendu votre question, à moi, l'assistant. J'y travaille et je vous répondrai ici.


## Pour tous

anyone-no-words-in-answer = (L'assistant a répondu sans texte.)
anyone-refused = { $kind ->
    [guest] Désolé, je ne peux pas aider les invités. Adressez-vous à la personne qui vous a invité.
    [other-workspace] Désolé, je ne peux aider que les membres de cet espace de travail.
   *[other-company] Désolé, je ne peux aider que les personnes de cette entreprise.
}
anyone-in-group = Je ne participe pas aux messages de groupe. Écrivez-moi directement.
anyone-gone = Ce bouton ne fonctionne plus : c'est déjà traité ou trop ancien. Voyez les messages plus récents ci-dessous.
anyone-form-too-late = Le formulaire n'a pas pu s'ouvrir à temps. Appuyez de nouveau sur le bouton.
anyone-no-forms = Je ne peux pas ouvrir de formulaire dans cette messagerie.
anyone-no-words-in-form = Écrivez quelques mots.
anyone-said-already = Vous avez déjà répondu. Merci !
anyone-press-noted = C'est noté.
anyone-file-left-out = { $obstacle ->
    [elsewhere] Le fichier « { $file } » de { $person } n'a pas été transmis : il se trouve hors de { $chat }.
    [too-large] Le fichier « { $file } » de { $person } n'a pas été transmis (plus de { $megabytes } Mo).
    [not-visible] Le fichier « { $file } » de { $person } n'a pas été transmis : il est dans une conversation que cette application ne voit pas.
    [not-allowed] Le fichier « { $file } » de { $person } n'a pas été transmis : cette application n'a pas le droit de copier des fichiers.
    [gone] Le fichier « { $file } » de { $person } n'a pas été transmis : il n'existe plus.
   *[refused] Le fichier « { $file } » de { $person } n'a pas été transmis : { $chat } l'a refusé.
}
anyone-file-is-here = Le voici : { $address }
anyone-too-long = Votre message compte { $length } caractères ; je peux en lire { $most }. Raccourcissez-le ou demandez une personne.
anyone-no-room = _Environ { $characters } caractères ne tiennent pas ici._
anyone-already-handed-over = Le support s'en occupe déjà sous **{ $name }**. Quelqu'un vous répondra ici.
anyone-duration = { $unit ->
    [minute] { $amount ->
        [one] { $amount } minute
       *[other] { $amount } minutes
    }
   *[second] { $amount ->
        [one] { $amount } seconde
       *[other] { $amount } secondes
    }
}
anyone-moment = { anyone-weekday } { $day ->
    [one] 1er
   *[other] { $day }
} { anyone-month } à { $time } ({ $zone })
anyone-weekday = { $weekday ->
    [1] lundi
    [2] mardi
    [3] mercredi
    [4] jeudi
    [5] vendredi
    [6] samedi
   *[7] dimanche
}
anyone-month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}


## Pour le support, à une seule personne

agents-stays-internal = Non envoyé : { $person } a pris cette demande. Appuyez sur **Rejoindre** pour répondre aussi.
agents-may-be-a-note = Non envoyé : c'est peut-être une note pour l'équipe. L'envoyer à la personne qui demande ?
agents-speaks-already = Vous participez déjà ; vos réponses sont envoyées.
agents-kept-already = Ce message reste dans ce fil. Écrivez-le de nouveau pour l'envoyer.
agents-sent-already = Ce message est déjà en route. Modifiez-le ou supprimez-le dans le fil pour le changer.
agents-deleted-already = Ce message est supprimé. Écrivez-le de nouveau pour l'envoyer.
agents-claimed-meanwhile = Trop tard : { $person } a déjà pris cette demande, votre message n'a pas été envoyé. **Rejoindre** permet de répondre aussi.
agents-already-claimed = Trop tard : { $person } a déjà pris cette demande. **Rejoindre** permet de répondre aussi.
agents-already-sent = { $person } l'a déjà envoyé. Il n'y a plus rien à faire.
agents-not-an-agent = Seuls les membres de { $place } peuvent le faire. Demandez-leur de vous ajouter.
agents-not-to-assign = Vous ne pouvez attribuer une demande qu'aux membres de { $place }. Ajoutez-y d'abord la personne.
agents-ask-what = Écrivez la question pour l'assistant après **ask:**, dans le même message.
agents-shown-already = La personne qui demande a déjà cette réponse. Écrivez dans le fil pour la compléter.
agents-draft-forgotten = Il n'y a rien à envoyer : le brouillon est vide ou supprimé. Écrivez votre réponse dans le fil.
agents-no-ticket-to-retry = Il n'y a rien à réessayer : le ticket existe, arrive, ou la règle n'en demande pas. **Afficher les ID** le nomme.
agents-why-policy = Décidé selon la politique en vigueur, `{ $fingerprint }` :
agents-why-other-policy = Décidé selon la politique `{ $fingerprint }`, qui n'est plus en vigueur :
agents-why-unknown-policy = Décidé selon la politique `{ $fingerprint }`. Son texte ou les données d'alors ne sont plus lisibles ; seules les règles qui se sont appliquées sont connues :
agents-why-fired = ✅ **{ $rule }** : { $reason }
agents-why-fired-then = ✅ **{ $rule }**
agents-why-not = ➖ **{ $rule }** : { $reason }
agents-why-more = … L'administration voit les autres règles avec `uppzy-desk rules explain { $name }`.
agents-nothing-to-reveal = Il n'y a rien à révéler : la question manque ou a été supprimée. Demandez à la personne dans le fil.
agents-draft-too-long = Ce brouillon est trop long pour être modifié ici (plus de { $most } caractères). Envoyez-le tel quel ou répondez vous-même.
agents-reference-needs-words = Un article d'aide a besoin de texte : décrivez la solution ou décochez la case.
agents-already-resolved = { $person } a déjà résolu { $place }. **Rouvrir** permet de continuer.
agents-another-is-open = Cette conversation est rouverte sous { $place }. Continuez là-bas.
agents-is-over = L'état de **{ $name }** est « { $state } », ce message n'a donc pas été envoyé. Rouvrir et l'envoyer à la personne qui demande ?
agents-nobody-has-claimed = **{ $name }** n'est pas pris, ce message n'a donc pas été envoyé. L'envoyer à la personne qui demande ?
agents-kept-from-assistant = Une règle de la politique ne transmet pas **{ $name }** à l'assistant : seules des personnes peuvent y répondre. Répondez ici, ou appuyez sur **Résoudre**.
agents-stays-with-people = **{ $name }** est sensible, l'assistant ne peut donc pas y répondre. Répondez d'abord, ou appuyez sur **Résoudre**.
agents-not-possible = Ce n'est plus possible : l'état de cette demande est « { $state } ». Les boutons de sa carte montrent ce qui l'est.
agents-not-answered-aloud = Je n'ai pas pu vous répondre dans le fil. Redemandez, ou utilisez **Show ids**.
agents-not-for-you = Seuls les membres de { $place } peuvent rechercher. Demandez-leur de vous ajouter.


## Pour le support, recherche et accueil

agents-understood = { $ids }, un identifiant de session ou de requête Uppzy, l'identifiant ou le numéro d'un ticket (HD-12) et les identifiants du support (con_, que_, ans_, ver_, hof_, dec_, eff_, evt_, rel_, art_, tic_, job_, alm_)
agents-ids-of-slack = un message Slack (son ts, channel:ts ou son lien), un canal de messages directs, l'identifiant Slack d'une personne
agents-ids-of-teams = un message Teams (son lien), une conversation ou un canal, l'identifiant Microsoft Entra d'une personne
agents-no-id = Mentionnez-moi avec un identifiant et je montre ici tout ce qui s'y rapporte. Je comprends { $understood }.
agents-known-as = { $id } : { $kinds }
agents-more-lines = { $count } lignes de plus ne tiennent pas ici ; `uppzy-desk find` montre tout.
agents-nothing-known = Je ne sais rien de { $id }. Je comprends { $understood }.
agents-nobody-waits = La file d'attente est vide.
agents-nothing-matches = Rien dans la file d'attente ne correspond à ce filtre.
agents-nothing-found = Rien trouvé dans les { $searched } dernières demandes de vos canaux. Les secrets et les questions masquées ne sont pas recherchés.
agents-figures = Aujourd'hui, demandes ouvertes : **{ $opened }** · résolues : **{ $resolved }** · réponses données : **{ $answered }**. Non prises : **{ $waiting }**.


## Pour le support, carte et fil

agents-no-question = (aucune : une personne a été demandée par un bouton)
# Stands in place of a hidden question.
agents-hidden-question = Masquée. Appuyez sur « { label-reveal } » pour la lire (la consultation est enregistrée).
# Stands in place of a message about a hidden question.
agents-hidden-message = Masqué. Appuyez sur « { label-reveal } » sur la carte pour le lire.
agents-card-replaced = La carte précédente a été supprimée. Les réponses dans son fil comptent toujours.
agents-draft-below = non envoyé ; le brouillon est dans le fil
agents-full-text-below = Le texte complet se trouve aussi dans le fil.
agents-ticket-pending = Ticket en attente : le système de tickets est injoignable ; je réessaie.
agents-ticket-not-created = Le ticket n'a pas pu être créé ({ $reason }).
agents-ticket-not-created-without-reason = Le ticket n'a pas pu être créé (sans raison donnée).
agents-no-answer = { $reason ->
    [refused] Pas de réponse de l'assistant : il n'a rien pu faire de cette question.
    [failed] Pas de réponse de l'assistant : plusieurs essais ont échoué.
    [not-set-up] Pas de réponse de l'assistant : il est mal configuré. Les administrateurs sont prévenus.
    [secret] L'assistant n'a pas été interrogé : les règles ne lui transmettent pas les questions qui contiennent un secret.
   *[unreachable] Pas de réponse de l'assistant : il est resté injoignable pendant des heures.
}
agents-asked = (question : { $question })
agents-answer-late = L'assistant met plus de temps que d'habitude ; sa réponse viendra ici.
agents-not-sent = { $person }, votre message ci-dessus n'a pas été envoyé : la demande n'était pas prise ou déjà résolue, ou c'est peut-être une note. Prenez-la ou rouvrez-la, puis écrivez de nouveau le message.
# Lignes de 160 caractères au plus sur qui a fait quoi.
agents-claimed = { $by } a pris cette demande.
agents-joined = { $by } participe aussi.
agents-assigned = { $by } a attribué cette demande à { $person }.
agents-released = { $by } a libéré cette demande. Elle n'est plus prise.
agents-released-from-you = { $person }, { $by } a libéré cette demande. Elle ne vous est plus attribuée.
agents-resolved = { $outcome ->
    [not-solvable] { $by } a fermé cette demande sans solution.
    [duplicate] { $by } a fermé cette demande comme doublon.
   *[solved] { $by } a résolu cette demande.
}
agents-handed-back = { $by } a rendu cette demande à l'assistant.
agents-reopened = { $by } a rouvert et pris cette demande.
agents-written-again = Il y a un nouveau message. La demande est rouverte et non prise.
agents-waits-for-employee = { $by } attend la réponse de la personne. Les délais sont suspendus.
agents-employee-reminded = J'ai rappelé à la personne que vous attendez sa réponse.
agents-resumed = { $by } n'attend plus la réponse de la personne.
agents-employee-replied = { $person }, la personne a répondu.
agents-timed-out = { $person }, la personne n'a pas répondu : j'ai fermé la demande. Elle rouvrira si la personne écrit bientôt.
agents-written-again-to-you = { $person }, il y a un nouveau message. La demande est rouverte et non prise.
agents-claimer-gone = { $person } a pris cette demande, mais son compte est désactivé. Attribuez-la à quelqu'un d'autre sur la carte.
agents-withdrawn = Plus besoin d'une personne. **Retiré** : l'assistant répond de nouveau.
agents-withdrawn-from-you = { $person } : plus besoin d'une personne. **Retiré** : l'assistant répond de nouveau.
agents-closed-by-employee = La personne a fermé cette demande. Elle n'a plus besoin d'aide.
agents-closed-from-you = { $person } : la personne a fermé cette demande. Elle n'a plus besoin d'aide.
agents-not-solved = La personne dit que ce n'est **pas résolu**. La demande est rouverte et non prise.
agents-not-solved-by-you = { $person } : la personne dit que ce n'est **pas résolu**. La demande est rouverte et non prise.
agents-scored-low = La personne a noté la solution **{ $score } sur 5**. La demande est rouverte et non prise.
agents-scored-low-by-you = { $person } : la personne a noté la solution **{ $score } sur 5**. La demande est rouverte et non prise.
agents-message-deleted = La personne a supprimé un message.
agents-message-changed =
    La personne a modifié un message, qui dit maintenant :
    { $words }
agents-hidden-message-changed = La personne a modifié la question. Appuyez sur **{ label-reveal }** sur la carte pour la lire.
agents-whole-question =
    La question complète :
    { $words }
agents-ticket-gone = Le ticket n'existe plus dans le système de tickets. Il a peut-être été supprimé.
agents-unreachable = Le compte { $chat } de { $person } est désactivé : rien n'y arrive, et le dernier envoi n'a pas été remis.
agents-removed-the-bot = { $person } a retiré ou bloqué l'application dans { $chat } : rien n'y arrive, et le dernier envoi n'a pas été remis.
agents-what-was-wrong =
    Raison de « pas utile » ({ $role ->
        [agent] support
       *[employee] personne qui demande
    }) :
    { $words }
agents-hidden-reason = La personne a donné une raison pour « pas utile ». Appuyez sur **{ label-reveal }** sur la carte pour la lire.
agents-claim-soon = **{ $name }** n'est pas encore pris. Échéance : { $when }.
agents-past-target = **{ $name }** est en retard et non pris. La demande reste ouverte jusqu'à ce que quelqu'un la prenne.
agents-on-call = **{ $name }** est en retard et non pris.
agents-file-removed = { $person } a retiré le fichier « { $file } ».
agents-copied-file-removed = { $person } a retiré le fichier « { $file } ». Sa copie est supprimée aussi.
agents-files-kept-out = { $count ->
    [one] { $person } a envoyé un fichier. Il reste hors de ce fil, car la question est masquée. Dites-lui où l'envoyer ; **{ label-reveal }** en donne le nom.
   *[other] { $person } a envoyé { $count } fichiers. Ils restent hors de ce fil, car la question est masquée. Dites-lui où les envoyer ; **{ label-reveal }** en donne les noms.
}
agents-answer = Réponse de l'assistant
agents-draft-title = Brouillon de l'IA
agents-whole-answer = **La réponse complète de l'assistant**, telle qu'elle a été envoyée
agents-draft = **Brouillon de l'IA**.
agents-draft-asked-for = **Brouillon de l'IA**, demandé par { $person }.
agents-draft-unsent = Seule l'équipe le voit.
agents-sent-edited =
    { $by } a modifié le brouillon et envoyé ceci :
    { $words }


## Pour le support, changements du ticket

agents-somebody = Quelqu'un
agents-no-words-in-comment = (sans texte)
agents-rest-on-ticket = … (la suite est sur le ticket)
agents-private-comment = **{ $author }** a écrit une note interne sur le ticket :
    { $words }
agents-comment-of-employee = **{ $author }** (personne qui demande) a écrit sur le ticket :
    { $words }
agents-comment-passed-on = **{ $author }** a écrit sur le ticket ; je l'ai transmis :
    { $words }
agents-comment-kept = **{ $author }** a écrit sur le ticket. Non transmis, car la demande n'est pas prise :
    { $words }
agents-ticket-moved = Le ticket est maintenant **{ $status }** dans le système de tickets.
agents-ticket-moved-and-resolves = Le ticket est maintenant **{ $status }** dans le système de tickets, ce qui résout cette demande.
agents-ticket-ended = Le ticket est maintenant **{ $status }** dans le système de tickets. Est-ce résolu ?
agents-ticket-reopened = Le ticket a été rouvert dans le système de tickets : il est maintenant **{ $status }**.


## Pour le support, raisons

reason-pressed = « { label-talk-to-a-person } » a été pressé.
reason-for-others = La règle vaut pour d'autres employés.
reason-follows-kept = Le message fait partie d'une conversation qu'une règle ne transmet pas à l'assistant.
reason-no-confidence = L'assistant n'a pas indiqué sa confiance.
reason-rated-helpful = La réponse a été jugée « utile ».
reason-rated-not-helpful = La réponse a été jugée « pas utile ».
reason-refused = L'assistant a refusé cette question.
reason-unavailable = L'assistant ne peut pas répondre en ce moment.
reason-not-set-up = L'assistant est indisponible (problème de configuration).
reason-confidence = La confiance de l'assistant était { $level }.
reason-confidence-with-score = La confiance de l'assistant était { $level } ({ $score }).
reason-asked-for-person = Une personne a été demandée : « { $asked } ».
reason-asked-for-person-in-words = Une personne a été demandée.
reason-sensitive = Le message touche un sujet sensible : { $topics }.
reason-unresolved = { $times ->
    [1] Demandé une fois en { $within } sans solution.
   *[other] Demandé { $times } fois en { $within } sans solution.
}
reason-unavailable-for = L'assistant ne peut pas répondre depuis { $time }.

why-not-asked-for-person = Rien dans le message ne demande une personne.
why-not-sensitive = Le message ne touche aucun de ces sujets : { $topics }.
why-not-answered = Il n'y a pas encore de réponse ; la règle en demande une avec cette confiance : { $wanted }.
why-not-confidence = La confiance de l'assistant était { $level } ; la règle demande { $wanted }.
why-not-confidence-with-score = La confiance de l'assistant était { $level } ({ $score }) ; la règle demande { $wanted }.
why-not-confidence-absent = L'assistant n'a pas indiqué sa confiance ; la règle demande { $wanted }.
why-level-not-stated = non indiquée
why-not-verdict = { $given ->
    [good] La réponse a été jugée « utile »
    [bad] La réponse a été jugée « pas utile »
   *[none] La réponse n'a pas été évaluée
} ; la règle demande { $wanted ->
    [good] « utile »
   *[bad] « pas utile »
}.
why-not-unresolved = { $times ->
    [0] Aucune question n'est restée
    [one] Une question est restée
   *[other] { $times } questions sont restées
} sans solution en { $within } ; la règle en demande { $wanted }.
why-available = L'assistant était disponible.
why-not-unavailable = L'assistant a été indisponible pendant { $time } ; la règle demande { $wanted }.
why-words-are-gone = La règle s'est appliquée à cause de mots supprimés depuis.
why-condition-has-changed = La règle s'est appliquée ; sa condition a changé depuis.
why-rule-is-gone = La règle s'est appliquée ; elle n'est pas dans cette politique.


## Alarmes

alarm-fix-credentials = Admins : renouvelez-le, puis lancez `uppzy-desk check`.
alarm-fix-plan = Admins : vérifiez ce que l'offre et le rôle du compte permettent, puis lancez `uppzy-desk check`.
alarm-fix-employee-unreachable = Le message direct avec la personne est inutilisable. Contactez-la autrement.
alarm-fix-surface = Cette messagerie n'est plus connectée. Admins : reconnectez-la ; ce qui a été abandonné ne sera pas envoyé.
alarm-fix-ids = Admins : vérifiez les identifiants dans les réglages, puis lancez `uppzy-desk check`.
alarm-fix-unknown = Admins : les détails sont dans le journal ; `uppzy-desk find` avec un identifiant montre ce qui s'y rapporte.
alarm-an-outside-system = un autre système
alarm-system = { $system ->
    [uppzy] Uppzy
    [slack] Slack
    [tickets] Le système de tickets
   *[other] { $name }
}
alarm-given-up = **{ alarm-system }** a refusé une requête ({ $code }) : { $work }. { $fix }
alarm-credentials-rejected = **{ alarm-system }** a refusé la clé ou le jeton ({ $code }) : { $work }. { $fix }
alarm-work = { $work ->
    [ask] une question est restée sans réponse
    [submit] une question est restée sans réponse
    [collect] une réponse n'a pas été récupérée
    [send-verdict] une évaluation n'a pas été transmise
    [close-session] une session n'a pas été fermée
    [create-ticket] un ticket n'a pas été créé
    [amend-ticket] un ticket n'a pas été complété
    [set-ticket-status] le statut d'un ticket n'a pas été modifié
    [copy-note] une note n'a pas été copiée dans un ticket
    [poll-ticket] un ticket n'a pas été lu
    [read-ticket] un ticket n'a pas été lu
    [write-contact-note] une note de contact n'a pas été écrite
    [upload-file] un fichier n'a pas été transmis
    [share-file] un fichier n'a pas été transmis
    [delete-file] la copie d'un fichier n'a pas été supprimée
    [retract-message] un message n'a pas été retiré
    [refresh-card] une carte n'a pas été mise à jour
    [refresh-article] une carte n'a pas été mise à jour
    [refresh-gap-queue] une carte n'a pas été mise à jour
    [find-gaps] des lacunes n’ont pas été lues
    [read-marked-message] un message marqué n'a pas été lu
    [measure-article] un article n'a pas été évalué
    [create-document] un article n'a pas été créé
    [change-document] un article n'a pas été modifié
    [set-document-status] un article n'a pas été activé ou retiré
    [open-form] un formulaire ne s'est pas ouvert
    [show-home] un onglet Accueil n'a pas été affiché
    [show-search-report] une recherche n'a pas été affichée
    [show-receipt] une réaction n'a pas été ajoutée
    [dismiss-prompt] une note privée n'a pas été retirée
    [private-note] une note privée n'a pas été affichée
    [write-digest] les chiffres du bilan de la semaine n'ont pas été lus
    [upload-charts] les graphiques du bilan de la semaine n'ont pas été dessinés
    [share-charts] les graphiques du bilan de la semaine n'ont pas été affichés
    [for-employee] un message n'a pas atteint son destinataire
   *[for-agents] un message n'a pas atteint l'équipe
}
alarm-channel-unusable = Je ne peux pas publier dans le canal { $channel } ({ $code }) : des demandes y attendent peut-être. Invitez-moi, ou nommez un autre canal dans les réglages ou la politique, puis lancez `uppzy-desk check`.
alarm-channel-shared = Je ne peux pas publier dans le canal { $channel } ({ $code }) : des demandes y attendent peut-être. Mettez fin au partage, ou nommez un autre canal dans les réglages ou la politique, puis lancez `uppzy-desk check`.
alarm-review-not-posted = Je ne peux pas publier le bilan de la semaine dans le canal { $channel } ({ $code }). Je le garde et je réessaie toutes les heures. Invitez-moi, mettez fin au partage ou indiquez un autre canal dans `REVIEW_CHANNEL`, puis lancez `uppzy-desk check`.
alarm-policy-refused = Les règles d'escalade modifiées contiennent une erreur ; celles d'avant restent en vigueur. { $mistake } Admins : corrigez le fichier ; `uppzy-desk rules check` indique s'il est correct.
alarm-policy-refused-and-more = Les règles d'escalade modifiées contiennent des erreurs ; celles d'avant restent en vigueur. { $mistake } Et { $more } de plus. Admins : corrigez le fichier ; `uppzy-desk rules check` les montre toutes.
alarm-questions-wait = L'assistant n'a pas répondu depuis { $minutes } minutes (question la plus ancienne). Admins : lancez `uppzy-desk check` ; `effect_delayed` dans le journal donne la cause.
alarm-overdue = En retard et non pris : { $names }
alarm-overdue-and-more = En retard et non pris : { $names } et { $more } de plus


## Tickets et notes de contact

ticket-no-subject = Parler à une personne
ticket-hidden-subject = Demande confidentielle
ticket-no-question = (aucune ; une personne a été demandée par un bouton)
ticket-answer-awaited = (pas encore là)
ticket-no-answer = (aucune)
ticket-body =
    Question :
    { $question }

    Réponse de l'assistant :
    { $answer }

    Pourquoi une personne est nécessaire :
    { $reasons }
ticket-hidden-body =
    La question est masquée. L'équipe la lit dans { $chat }, où la consultation est enregistrée.

    Pourquoi une personne est nécessaire :
    { $reasons }
ticket-files = Fichiers dans le fil { $chat } : { $files }
ticket-matter = La personne dit de quoi il s'agit :
    { $matter }
ticket-late-answer = Réponse de l'assistant (uppzy_request_id { $request }) :
    { $answer }
ticket-file-removed = La personne a retiré un fichier de { $chat }.
ticket-card-address = Dans { $chat } : { $address }
ticket-claimed = Pris dans { $chat }.
ticket-assigned = Attribué dans { $chat }.
ticket-released = Libéré dans { $chat }. Personne ne le traite pour le moment.
ticket-waits-for-employee = En attente de la réponse de la personne dans { $chat }.
ticket-resumed = Repris dans { $chat }.
ticket-timed-out = Fermé dans { $chat } : la personne n'a pas répondu.
ticket-employee-replied = La personne a répondu.
ticket-resolved = Terminé dans { $chat } : { label-outcome-name }.
ticket-resolved-in-words = Terminé dans { $chat } : { label-outcome-name }.

    { $text }
ticket-handed-back = Rendu à l'assistant dans { $chat }.
ticket-handed-back-unanswered = Rendu à l'assistant dans { $chat }. Il n'a pas encore répondu.
ticket-assistant-answered = L'assistant a répondu dans { $chat }.
ticket-assistant-did-not-answer = L'assistant n'a pas donné de réponse dans { $chat }.
ticket-question-stopped = La question a été retirée dans { $chat }.
ticket-continued-as = La suite est sous { $name }.
ticket-reopened = Rouvert dans { $chat }.
ticket-withdrawn = Retiré dans { $chat } : plus besoin d'une personne.
ticket-closed-by-employee = Fermé dans { $chat } : plus besoin d'aide.
ticket-written-again = Rouvert : nouveau message dans { $chat }.
ticket-came-back = La personne dit que ce n'est pas résolu.
ticket-came-back-scored = La personne a noté la solution { $score } sur 5.
ticket-agents-note = { $author } a noté dans { $chat } :
    { $text }
ticket-agents-changed-note = { $author } a modifié une note dans { $chat }, qui dit maintenant :
    { $text }
contact-answered-by-assistant = réponse de l'assistant, sans intervention humaine
contact-withdrawn = retiré
contact-closed-by-employee = fermé par la personne
contact-handed-back = rendu à l'assistant
contact-closed-without-reply = fermé, faute de réponse
contact-resolved = résolu par des personnes
contact-resolved-as = terminé par des personnes : { label-outcome-name }
contact-with-people = auprès de personnes
contact-handoff-ended = { $name } { $ending }
contact-cut = … (coupé)
contact-verdicts-of = { $rating ->
    [good] { $count } utile ({ label-role })
   *[bad] { $count } pas utile ({ label-role })
}
contact-conversation-completed = Une conversation dans { $chat } est terminée : { $outcome }.
contact-questions-answered = Réponses données : { $count }
contact-verdicts = Avis : { $verdicts }
contact-no-verdicts = Avis : aucun
contact-exchange =
    Question : { $question }

    Assistant : { $answer }


## Boutons

label-ask-again = Reposer la question
label-talk-to-a-person = Parler à une personne
label-ask-a-colleague = Demander à un collègue
label-open-another = En ouvrir une autre
label-tell-us-why = Dire pourquoi
label-helpful = Utile
label-not-helpful = Pas utile
label-mark-as-helpful = Marquer cette réponse comme utile
label-mark-as-not-helpful = Marquer cette réponse comme pas utile
label-solved = Oui, résolu
label-not-solved = Non, pas encore
# For screen readers; the button shows the number.
label-score-button = { $score ->
    [1] 1 sur 5 : pas du tout résolu
    [5] 5 sur 5 : entièrement résolu
   *[other] { $score } sur 5
}
label-all-good = Non, tout va bien
label-claim = Prendre
label-join = Rejoindre
label-resolve = Résoudre
label-hand-back = Rendre à l'assistant
label-reopen = Rouvrir
label-assign = Attribuer à…
label-release = Libérer
label-wait = Attendre la réponse
label-resume = Reprendre
label-withdraw = Je n'ai pas besoin d'une personne
label-claim-and-send = Prendre et envoyer
label-send = Envoyer
label-reopen-and-send = Rouvrir et envoyer
label-cancel = Annuler
label-close = Fermer
label-keep-inside = Garder en interne
label-reveal = Révéler
label-show-all = Tout afficher
label-explain = Pourquoi ?
label-show-ids = Afficher les ID
label-retry-ticket = Réessayer le ticket
label-send-draft = Envoyer à la personne
label-edit-draft = Modifier avant l'envoi


## Carte

label-asked-by = Demandé par
label-priority = Priorité
label-priority-name = { $priority ->
    [low] basse
    [normal] normale
    [high] haute
   *[urgent] urgente
}
label-ticket = Ticket
label-ticket-awaited = en cours de création
label-no-ticket = Pas de ticket pour cette règle
label-state = État
label-state-name = { $state ->
    [open] ouvert
    [claimed] pris
    [pending] en attente de réponse
    [resolved] résolu
    [withdrawn] retiré
    [timed-out] fermé sans réponse
    [closed] fermé
   *[handed-back] rendu
}
label-state-open = Non pris
label-state-open-again = Non pris – nouveau message après la clôture par { $agent }
label-state-claimed = pris par { $agent }
label-state-pending = en attente de réponse, pris par { $agent }
label-state-claimed-with = avec { $agent }
label-state-ended-by = { label-state-name } par { $agent }
label-state-ended-with-ticket = { label-state-name } dans le système de tickets
label-target = Échéance
label-overdue = ⏰ En retard depuis
label-question = Question
label-reasons = Pourquoi une personne est nécessaire
label-colon = {"\u00A0"}:
label-confidence = Confiance
label-sources = Sources
label-confidence-not-given = non indiquée
label-confidence-level = { $level ->
    [low] faible
    [medium] moyenne
    [high] élevée
   *[other] { $level }
}
label-answer-seen = envoyée
label-answer-unseen = brouillon – non envoyé
label-answer-awaited = pas encore là
label-no-answer = aucune
label-resolution-shown = Solution
label-resolved-before = Déjà résolu une fois
label-is-solved = { $solved ->
    [yes] confirmé comme résolu
    [no] signalé comme non résolu
   *[unknown] confirmation en attente
}
label-scored = noté { $score } sur 5
label-score-awaited = note en attente
label-last-revealed = Révélé en dernier à { $agent }, { $moment }
label-role = { $role ->
    [agent] support
   *[employee] personne qui demande
}
label-verdict = { $rating ->
    [good] { $voter } : utile ({ label-role })
   *[bad] { $voter } : pas utile ({ label-role })
}
label-message-deleted = { $author } a supprimé ce message
label-writes = { $author }
label-writes-changed = { $author } (modifié)
label-from-support = { $author } du support
label-draft-edited-by = modifié et envoyé par { $agent }
label-draft-sent-by = envoyé par { $agent }
label-the-handoff-channel = notre canal de support
label-someone = quelqu'un


## Alarmes, durée

label-in-all = { $count } en tout
label-alarm-since = Depuis { $moment }
label-alarm-over = Terminé :
label-alarm-lasted = De { $begin } à { $end }


## Accueil

label-requests = Vos demandes
label-open-requests = Vos demandes ouvertes
label-past-requests = Vos demandes passées
label-open-thread = ouvrir le fil
label-no-request-words = aucune question
label-words-forgotten = vos mots ont été supprimés depuis
label-request-state = { $state ->
    [waiting] 🟠 En attente d'un collègue
    [with-support] 🔵 Un collègue s'en occupe
    [reply-needed] ⏸️ En attente de votre réponse
    [answering] 💬 L'assistant y travaille
    [answered] ✅ Réponse donnée par l'assistant
    [stopped] ⏹️ Arrêté
    [unanswered] ⚠️ Sans réponse
    [not-asked] ⚪ Aucune question posée
    [resolved] ✅ Résolu
    [closed-by-you] ⚪ Fermé par vous
   *[closed] ⚪ Fermé par le support
}
label-agent-is-on-it = 🔵 { $agent } s'en occupe
label-support-team = le support
label-queue = File d'attente
label-group = { $group ->
    [overdue] En retard
    [unclaimed] Non pris
    [mine] À vous
   *[others] À d'autres
}
label-search = Rechercher
label-clear-search = Effacer la recherche
label-refresh = Actualiser
label-more-found = Il y en a d'autres ; affinez la recherche pour les voir
label-searched = Résultats pour { $terms }
label-every-handoff = Tout
label-shown-part = { $part ->
    [mine] Les miennes
    [unclaimed] Non prises
   *[overdue] En retard
}
label-every-rule = Toutes les règles
label-every-priority = Toutes les priorités
label-queue-left-out = et { $count } de plus ; affinez la liste pour les voir
label-just-now = à l'instant
label-ago = il y a { $age }
label-queued-waiting = en attente depuis { $age }
label-queued-with = avec { $agent }, ouvert { $ago }
label-age = { $unit ->
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount ->
        [one] { $amount } jour
       *[other] { $amount } jours
    }
}


## Formulaires

label-reason-title = Quel est le problème ?
label-reason = Dites-nous ce qui n'allait pas dans la réponse
label-reason-hint = Le support le lit. N'écrivez pas de mots de passe ici.
label-resolution-title = Comment est-ce résolu ?
label-resolution = La solution avec vos mots
label-resolution-hint = La personne qui demande le lit. Sauf si la question est masquée, cela figure aussi sur la carte et le ticket, sans secrets.
label-outcome = Résultat
label-outcome-hint = Définit l'état du ticket.
label-outcome-option = { $outcome ->
    [not-solvable] Sans solution
    [duplicate] Doublon d'une autre demande
   *[solved] Résolu
}
label-outcome-name = { $outcome ->
    [not-solvable] sans solution
    [duplicate] doublon
   *[solved] résolu
}
label-reference = Article d'aide
label-reference-hint = Enregistre la question, sauf si elle est masquée, avec vos mots comme brouillon, sans secrets. Rien n'est publié.
label-make-reference = Enregistrer comme brouillon d'article d'aide
label-assignee-title = Attribuer à
label-assignee = Agent
label-assignee-hint = Membres de ce canal.
label-draft-title = Modifier le brouillon
label-draft-words = La réponse à la personne
label-draft-hint = Elle est envoyée sous votre nom.
label-search-title = Chercher une demande
label-search-words = Numéro ou mots
label-search-hint = Un numéro comme HD-12, ou des mots de la question.
label-search-employee-hint = Laissez un champ vide, ou remplissez les deux.
label-whole-card-title = Question et réponse
label-original-title = Message d'origine
label-original-note = Vous êtes la seule personne à voir ceci, et la consultation est enregistrée. Ne le copiez pas dans le fil.


## Articles : notes privées, cartes et formulaires

agents-mark-outside-handoff = Je ne peux préparer un article qu'à partir d'un message dans le fil d'une demande.
agents-article-changed-meanwhile = Quelqu'un a modifié cet article entre-temps. Regardez sa carte, puis réessayez.
agents-second-person-approves = Vous avez écrit cet article : quelqu'un d'autre doit l'approuver.
agents-article-needs-words = Un article a besoin d'un titre, d'une question et d'une réponse.
agents-article-drafted = J'ai préparé un article à partir de **{ $name }** dans { $place }. Modifiez-le là-bas pour que quelqu'un puisse l'approuver.
agents-article-approved-already = { $person } a déjà approuvé cet article. Il est en route vers l'assistant.
# $state is one of the words of label-article-state.
agents-article-not-possible = Cet article est { label-article-state } : ce n'est plus possible. Les boutons de sa carte montrent ce qui l'est.
label-article-state = { $state ->
    [draft] un brouillon
    [waiting] en attente d'approbation
    [sending] en route vers l'assistant
    [ready] utilisé
    [withdrawn] retiré
   *[refused] non accepté par l'assistant
}
label-article-approve = Approuver
label-article-edit = Modifier
label-article-withdraw = Retirer
label-article-activate = Réactiver
label-article-try-again = Réessayer
label-article-category = Catégorie
label-article-no-category = aucune
label-article-answer = Réponse
label-article-no-words = pas encore – appuyez sur Modifier
label-article-written-by = Écrit par
label-article-approved-by = Approuvé par
label-article-source = Issu de
label-article-outdated = L'assistant utilise encore la version précédente.
label-article-used-since = L'assistant l'utilise depuis { $moment }.
label-article-delayed = L'assistant ne le prend pas pour l'instant ({ $code }). Je continue d'essayer.
label-article-refused = { $reason ->
    [plan] La clé d'API ne permet pas de gérer les documents ({ $code }) : autorisez-le dans les réglages de l'assistant, puis réessayez.
    [credentials] L'assistant n'accepte pas la clé d'API ({ $code }). Administration : lancez `uppzy-desk check`, puis réessayez.
    [gone] Le document ou son site n'existe plus ({ $code }). Réessayez pour le créer de nouveau.
    [no-id] L'assistant l'a pris, mais n'a donné aucun identifiant du document ({ $code }). Regardez les documents là-bas avant de réessayer.
    [unreadable] Il y est peut-être déjà, mais la liste des documents est illisible ({ $code }). Regardez là-bas avant de réessayer.
   *[other] L'assistant ne l'a pas accepté ({ $code }). Réessayez, ou modifiez-le d'abord.
}
agents-article-figures = { $verdict ->
    [helped] Il a aidé
    [no-change] Il n'a rien changé
    [got-worse] C'est devenu pire
   *[too-few-to-say] Trop peu de questions pour dire s'il aide
} ({ $days } jours) : en difficulté { $troubled } questions sur { $questions }, avant { $troubled_before } sur { $questions_before }. Posées { $asked } fois par semaine, avant { $asked_before }.
label-article-title = Article
label-article-whole-title = L'article entier
label-article-name = Titre
label-article-name-hint = L'assistant peut l'afficher comme source.
label-article-question-hint = Telle qu'on la poserait. Ni noms, ni secrets.
label-article-answer-hint = Markdown. Ce que l'assistant peut dire à tout le monde.
label-article-category-hint = Facultatif, par exemple « VPN ».
label-article-submit = Enregistrer
label-article-answer-part = Réponse, partie { $number } sur { $parts }


## Rapport

label-report-not-known = inconnu
label-report-conversation-title = Conversation
label-report-conversation = { $title } { $id } de { $employee } · fil { $place } · { $moment }
label-report-owner = Responsable : { $owner ->
    [bot] l'assistant
   *[people] des personnes
} · session { $session } (numéro { $number })
label-report-question = • Question { $id } · { $state } · message { $place } · { $moment }
label-report-answer = Réponse { $id } · requête { $request } · session { $session } · confiance { $confidence } · { $posted } · { $moment }
label-report-posted = message { $message }
label-report-not-posted = non publiée
label-report-verdict = Avis { $id } · { label-verdict } · { $moment }
label-report-decision = • Décision { $id } · règles : { $rules } · politique { $policy } · { $moment }
label-report-handoff-title = Transfert { $name }
label-report-handoff = • { $title } { $id } · { label-state-name } · priorité { label-priority-name } · { $thread }
label-report-thread = son fil
label-report-no-card = pas encore de carte
label-report-ticket = Ticket { $number } · identifiant { $id } dans { $system }
label-report-ticket-not-there = Ticket : pas encore là
label-report-event = { $event ->
    [opened] ouvert
    [claimed] pris
    [resolved] résolu
    [handed-back] rendu
    [withdrawn] retiré
    [reopened] rouvert
    [joined] rejoint
    [assigned] attribué
    [released] libéré
    [pending] en attente de réponse
    [employee-reminded] rappel envoyé à la personne
    [resumed] repris
    [replied] réponse reçue
    [timed-out] fermé sans réponse
    [written-again] rouvert par un nouveau message
    [relayed] message envoyé
    [unsent] message envoyé supprimé
    [said-solved] confirmé comme résolu
    [said-not-solved] signalé comme non résolu
    [said-partly-solved] signalé comme partiellement résolu
    [kept-as-reference] enregistré comme brouillon d'article
    [assistant-asked] assistant interrogé
    [draft-sent] brouillon envoyé
    [moved] déplacé hors d'un canal partagé
    [card-replaced] carte republiée après sa suppression
    [revealed] question révélée
    [ticket-retried] ticket réessayé
    [reminded] rappelé
    [overdue] en retard
    [on-call] astreinte appelée
    [ticket-moved] changé dans le système de tickets
   *[ticket-comment] commentaire dans le système de tickets
}
label-report-event-by = { $event ->
    [written-again] { $person } : rouvert par un nouveau message
    [relayed] { $person } : message envoyé
    [unsent] { $person } : message envoyé supprimé
    [said-solved] { $person } : résolu
    [said-not-solved] { $person } : pas résolu
    [said-partly-solved] { $person } : partiellement résolu
    [kept-as-reference] { $person } : brouillon d'article d'aide enregistré
    [assistant-asked] { $person } : a demandé à l'assistant
    [draft-sent] { $person } : brouillon envoyé
    [ticket-comment] { $person } : commentaire sur le ticket
   *[other] { $person } : { label-report-event }
}
label-report-effects = • Effets : { $states }
label-report-scheduled = • Tâche planifiée { $id } · { $kind } · { $progress } · { $moment }
label-report-waits = en attente
label-report-done = faite { $moment }

## The weekly review, in its channel and on the command line

review-title = Bilan du { $first } au { $last }
review-weekly-title = Bilan de la semaine : du { $first } au { $last }
review-count = { $count }
review-count-and-share = { $count } ({ $percent } %)
review-total = { $count } en tout
review-rule = { $rule } : { $count }
review-other-rules = autres règles : { $count }
review-employees-verdicts = employés : { $good } utiles, { $bad } pas utiles
review-agents-verdicts = support : { $good } utiles, { $bad } pas utiles
review-level = { $level } : { $answers ->
    [one] { $answers } réponse
   *[other] { $answers } réponses
}, { $good } utiles, { $bad } pas utiles, { $escalated } transmises
review-level-name = { $level ->
    [high] élevée
    [medium] moyenne
    [low] faible
    [absent] non indiquée
   *[other] { $name }
}
review-times = la moitié en { $p50 }, neuf sur dix en { $p90 } ({ $of ->
    [one] { $of } transfert
   *[other] { $of } transferts
})
review-within-target = pris en charge dans le délai visé : { $count } sur { $of }
review-no-times = aucun
review-span = { $unit ->
    [second] { $amount } s
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount } j
}
review-article = { $title } : { $figures }
review-label = { $figure ->
    [questions] Questions
    [answered] Réponses sans intervention humaine
    [handoffs] Transferts
    [verdicts] Avis
    [confidence] Confiance
    [first-word] Premier message d'une personne
    [claim] Prise en charge
    [resolution] Résolution
    [reopened] Rouverts
    [articles] Articles utilisés : ont-ils aidé ?
   *[came-back] Revenus après « oui, résolu »
}
review-definition = { $figure ->
    [questions] Questions posées par les employés pendant la période, sans les salutations ni les remerciements. Celles du support à l'assistant ne comptent pas.
    [answered] Questions auxquelles l'assistant a répondu à l'employé et pour lesquelles aucun transfert n'a été ouvert. La part se rapporte à toutes les questions.
    [handoffs] Transferts ouverts pendant la période, au total et sous chacune des règles qui les ont déclenchés. Un transfert à deux règles compte sous les deux.
    [verdicts] Avis actuels sur les réponses aux questions de la période : un avis modifié compte pour ce qu'il est maintenant.
    [confidence] Réponses aux employés, brouillons compris, selon la confiance de l'assistant ; les avis des employés à leur sujet, et le nombre de questions transmises.
    [first-word] De l'ouverture d'un transfert au premier message d'une personne à l'employé.
    [claim] De l'ouverture d'un transfert à sa première prise en charge ou attribution. Les délais visés sont ceux de la politique, en heures de travail.
    [resolution] De l'ouverture d'un transfert à sa dernière résolution par le support. Les transferts rendus, retirés ou fermés sans réponse n'en ont pas.
    [reopened] Transferts de la période rouverts après une résolution.
    [articles] Questions sur le sujet d'un article, 28 jours avant son utilisation et depuis. En difficulté : confiance faible ou absente, jugées inutiles ou transférées.
   *[came-back] Transferts de la période pour lesquels l'employé a dit « oui, résolu » et qui ont été rouverts ensuite.
}
review-quantiles = Les durées sont des rangs les plus proches : la moitié des transferts n'a pas duré plus que la première, neuf sur dix pas plus que la seconde.
review-changes = Changements depuis la période précédente
review-change = { $direction ->
    [up] ↑
   *[down] ↓
} { $figure ->
    [questions] Questions
    [answered-without-person] Réponses sans intervention humaine
    [handoffs] Transferts
    [employee-bad] Avis « pas utile » des employés
    [unsure] Réponses à la confiance faible ou absente
    [first-word] Premier message d'une personne, moitié des transferts
    [claim] Prise en charge, moitié des transferts
    [resolution] Résolution, moitié des transferts
   *[reopened] Transferts rouverts
} : { $before } → { $after }
review-no-changes = Rien qui dépasse le hasard.
review-noise = Seulement ce que le hasard produirait moins d'une fois sur cent : les nombres selon le test binomial exact, les parts selon le test exact de Fisher, les durées selon le test de la médiane de Mood.
review-percent = { $percent } %

## The charts of the review

review-weeks-title = Questions et transferts par semaine
review-weeks-in-words = Questions et transferts de chaque semaine :
review-week-in-words = à partir du { $begins } : { $questions } questions, { $handoffs } transferts
review-levels-title = Confiance et avis
review-levels-in-words = Réponses selon la confiance et avis des employés :
review-level-in-words = { $level } : { $good } utiles, { $bad } pas utiles, { $unrated } sans avis
review-helpful = utile
review-not-helpful = pas utile
review-not-rated = sans avis


## The gaps of the review

review-gaps = Lacunes
review-no-gaps = Aucune.
review-gaps-definition = Questions à la confiance faible ou absente, mal notées, posées à nouveau, transmises ou sans mots dans la réponse, regroupées selon leurs mots principaux ; le plus grand groupe d'abord, chacun avec sa part de toutes les questions et la meilleure solution du support.
review-words-gone = les mots ont été supprimés après la durée de conservation
review-gap = { $number }. { $examples } : { $questions ->
    [one] { $questions } question
   *[other] { $questions } questions
} ({ $percent } %) ; { $reasons }
review-gap-resolution = → { $resolution }
review-trouble = { $reason ->
    [low-confidence] confiance faible
    [absent-confidence] confiance non indiquée
    [bad-verdict] pas utile
    [repeated] posée à nouveau
    [handed-over] transmise
   *[answered-without-words] réponse sans mots
} { $count }

## The queue of gaps

review-gap-title = Lacune { $position } sur { $total }
review-gap-size = { $count ->
    [one] { $count } question, { $percent } % du total
   *[other] { $count } questions, { $percent } % du total
}
review-gap-examples = Exemples de questions
review-gap-resolutions = Comment des collègues l’ont résolu
label-gap-next = Lacune suivante
label-gap-previous = Précédente
label-gap-write-article = Rédiger un article
label-gap-not-a-gap = Pas une lacune
label-gap-snooze = Reporter d’une semaine
label-gap-take-back = Annuler
review-gap-dismissed = D’après { $person }, ce n’est pas une lacune.
review-gap-snoozed = { $person } a reporté cette lacune au { $moment }.
review-gap-has-article = Un article a été commencé pour cette lacune.
agents-gap-decided-already = { $state ->
    [dismissed] { $person } a déjà indiqué que ce n’est pas une lacune.
   *[snoozed] { $person } a déjà reporté cette lacune.
}
agents-gap-taken-back-already = Cette lacune est déjà de retour dans la liste.

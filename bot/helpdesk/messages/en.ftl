### The sentences of the desk in English, in Fluent's syntax (projectfluent.org/fluent/guide).
###
### Sentences are Markdown where people read them in the chat; labels, tickets and reasons are plain text.
### { $person } is a mention, { $by } the name of somebody who is not notified, and { $words } a quotation on lines of
### its own; { $name } is the number of a handoff, { $chat } the name of the chat. A sentence for employees has at most 200 characters.


## For employees

employee-disclaimer = AI-generated. Please double-check important details.
employee-takes-longer = This is taking longer than usual. I'm still working on it and will reply here.
employee-continued-here = The first message of our conversation was deleted, so I'm continuing here. Just reply in this thread.
employee-stopped = Stopped.
employee-nothing-to-stop = There's nothing to stop at the moment.
# **new** and **home** are commands, which are not translated.
employee-greeting = Hi! I'm the help desk's assistant. Ask me anything in your own words; if I can't help, I bring in a person. Write **new** for a new topic, **home** for your requests.
employee-new-topic = New topic. What do you need help with?
employee-topic-must-wait = **{ $name }** is still open, so what you write here goes to the support team. Write **home** to close it first.
employee-no-words = I can only answer questions in words. Please tell me what you need help with.
employee-only-files = I can't read attachments. Please describe in words what you need help with, or ask for a person.
employee-files-unread = I can't read attachments, so this answer is based on your message only.
employee-edited-too-late = You edited your message after I answered. Reply here if you'd like a new answer.
employee-not-yours = Only the person who asked can do that.
employee-nothing-asked = No requests yet. Write me a message, and it will be listed here.
employee-thanks-for-reason = Thanks for the feedback.
employee-asked-again =
    You asked again:
    { $words }
employee-did-it-help = Did this solve your problem?
employee-how-well-solved = How well was this solved? 1 means not at all, 5 completely.
employee-write-again = Still need help? Just reply here.
employee-you-said-solved = You said: **yes, solved**.
employee-you-said-not-solved = You said: **no, not yet**.
employee-you-said-all-good = You said: **no, all good**.
employee-you-scored = You said: **{ $score } of 5**.
employee-thanks-solved = Good to hear, thank you.
employee-taken-as-solved = Marked as solved.
employee-you-are-welcome = You're welcome! If you need anything else, just ask.
# Reply to a greeting, to "who are you?" and to letters without sense.
employee-small-talk = Hi! I'm the help desk's assistant. Tell me in your own words what you need help with.
# Reply to "ok" and "bye" after an answer.
employee-anything-else = All right. If you need anything else, just ask.
# The rule of the policy offers a person; the button below says "Ask a colleague".
employee-offer = Shall I ask a colleague?
employee-offer-after-unsure-answer = I'm not sure about this answer. Shall I ask a colleague?
employee-offer-accepted = You said: **ask a colleague**.
# $names are ticket numbers. The button below says "Open another".
employee-many-open = { $count ->
    [one] You already have an open request from today: **{ $names }**.
   *[other] You already have { $count } open requests from today: **{ $names }**.
}
# Stands behind employee-many-open.
employee-shall-open-another = Open another?
employee-another-opened = You said: **open another**.
employee-still-answering = I'm still working on your question and will reply here.
employee-sorry-not-helpful = Sorry this didn't help. Tell me what's missing, or talk to a person.
employee-reopened-by-you = Reopened.
employee-no-person-needed = You said: **I don't need a person**.
employee-answer-withheld = I can't answer this question automatically. You can ask for a person again at any time.
employee-answered-meanwhile = Someone from support has already replied. Tell them here if you don't need help any more.
employee-in-line = You're number { $number } in line. I'll reply here.
employee-rated-helpful = You rated this answer as helpful. Thank you!
employee-rated-not-helpful = You rated this answer as not helpful.
# $kind: a secret that can be changed, or the number of a card or an account.
employee-contains-secret = { $kind ->
    [number] Your message seems to contain a card or account number. If it is a real one, please delete the message: open its menu (⋮) and choose **Delete message**.
   *[secret] Your message seems to contain a password or another secret. Please change it now, because others may have read it. Then delete the message: open its menu (⋮) and choose **Delete message**.
}
employee-no-answer = { $reason ->
    [refused] I can't get an answer to this question. Please ask for a person.
    [failed] I've tried several times and can't get an answer. Please ask for a person.
    [not-set-up] I can't answer questions at the moment, and the admins have been told. Please ask for a person.
    [secret] I don't answer messages with a secret in them. Please ask again without it, or ask for a person, who will see your message without the secret.
   *[unreachable] I haven't been able to answer for hours and have stopped trying. Please ask again, or ask for a person.
}
# Used where a rule of the policy has no sentence of its own.
employee-handed-over = I've passed this on to the support team. Someone will reply here.
# Ends the sentences about the handover, where the employee has only asked for a person.
employee-what-about = Meanwhile, what is it about?
# $opening is a day with a time.
employee-expect-from = No one is at work right now. Someone will reply from { $opening }.
# $due is a day with a time.
employee-expect-by = You can expect someone by { $due }.
employee-overdue = Sorry for the wait: no one has picked up **{ $name }** yet. I've reminded the support team.
employee-at-work = The support team is back at work and has **{ $name }** in its queue. Someone will reply here.
employee-ticket-in-brackets = (**{ $name }**)
employee-ticket-number = Your ticket number is **{ $name }**.
employee-nobody-reached = I can't reach the support team in { $chat } right now. Please contact them another way and quote **{ $name }**.
# $contact is what the policy says: an address, a telephone number, a place.
employee-nobody-reached-but = I can't reach the support team in { $chat } right now. Please contact them at { $contact } and quote **{ $name }**.
employee-reached = The support team has received **{ $name }** after all. No need to contact them another way; someone will reply here.
employee-passed-on = I've added this to **{ $name }**. Until it's resolved, what you write here goes to the support team.
# $file is the name of the employee's own file.
employee-file-left-out = { $obstacle ->
    [elsewhere] I couldn't forward “{ $file }”: it's kept outside of this { $chat }.
    [too-large] I couldn't forward “{ $file }” (over { $megabytes } MB).
    [not-visible] I couldn't forward “{ $file }”: it's in a conversation that I can't see.
    [not-allowed] I couldn't forward “{ $file }”: I may not forward files here.
    [gone] I couldn't forward “{ $file }”: it's no longer there.
   *[refused] I couldn't forward “{ $file }”: { $chat } didn't take it.
}
employee-file-linked = Support got a link instead.
employee-files-kept-out = I haven't forwarded your files, to keep this confidential. Whoever replies will tell you how to send them.
employee-claimed = { $person } is helping you with **{ $name }**. Just reply here.
employee-joined = { $person } has joined to help with **{ $name }** and reads what you write here.
employee-released = **{ $name }** is back in the queue. Someone else from support will reply here.
employee-reply-needed = { $person } needs your reply to go on with **{ $name }**. Just reply here.
employee-reply-still-needed = Support still needs your reply to go on with **{ $name }**. Just reply here.
# $closing is one of the texts of anyone-moment.
employee-closes-without-reply = If we don't hear from you, I'll close it on { $closing }.
employee-timed-out = I've closed **{ $name }** because we didn't hear from you. Still need help? Just reply here.
employee-written-again = I've reopened **{ $name }**. The support team has your message; someone will reply here.
employee-resolved = { $outcome ->
    [not-solvable] { $person } has closed **{ $name }** without a solution.
    [duplicate] { $person } has closed **{ $name }** as a duplicate.
   *[solved] { $person } has marked **{ $name }** as resolved.
}
employee-resolved-in-words = { $outcome ->
    [not-solvable] { $person } has closed **{ $name }** without a solution:
    [duplicate] { $person } has closed **{ $name }** as a duplicate:
   *[solved] { $person } has marked **{ $name }** as resolved:
}
    { $words }
employee-closed-with-ticket = The support team has closed **{ $name }**.
employee-resolved-with-ticket = The support team has resolved **{ $name }**.
employee-shall-reopen = **{ $name }** is closed, so the support team hasn't seen this. Reopen it?
employee-withdrawn = OK, I've told the support team; **{ $name }** is closed. I'm answering your questions again.
employee-withdrawn-already = **{ $name }** is already closed. Ask me anything.
employee-closed-by-you = I've closed **{ $name }** and told the support team. Still need help? Just reply here.
employee-came-back = Thanks for letting us know. I've reopened **{ $name }**; someone will reply here.
employee-reopened = { $person } has reopened **{ $name }**.
employee-handed-back = { $person } has handed the conversation back to me, the assistant. Ask me anything.
employee-handed-back-unanswered = { $person } has handed your question back to me, the assistant. I'm working on it and will reply here.


## For employees and agents

anyone-no-words-in-answer = (The assistant answered without words.)
anyone-refused = { $kind ->
    [guest] Sorry, I can't help guests. Please ask the person who invited you.
    [other-workspace] Sorry, I can only help members of this workspace.
   *[other-company] Sorry, I can only help people in this company.
}
anyone-in-group = I don't take part in group messages. Please write to me directly.
anyone-gone = This button no longer works: it's been dealt with, or it's too old. Look for a newer message below.
anyone-form-too-late = The form couldn't open in time. Please press the button again.
anyone-no-forms = I can't open a form in this chat.
anyone-no-words-in-form = Please write a few words.
anyone-said-already = You've already answered that. Thanks!
anyone-press-noted = Got it.
# $file is the name of a file.
anyone-file-left-out = { $obstacle ->
    [elsewhere] { $person } sent the file “{ $file }”, which I could not pass on: it is kept outside of this { $chat }.
    [too-large] { $person } sent the file “{ $file }”, which I could not pass on: it is larger than { $megabytes } MB.
    [not-visible] { $person } sent the file “{ $file }”, which I could not pass on: it is in a conversation that this app cannot see.
    [not-allowed] { $person } sent the file “{ $file }”, which I could not pass on: this app may not carry files.
    [gone] { $person } sent the file “{ $file }”, which I could not pass on: it is not there any more.
   *[refused] { $person } sent the file “{ $file }”, which I could not pass on: { $chat } did not take it.
}
anyone-file-is-here = It is here: { $address }
anyone-too-long = Your message has { $length } characters; I can read up to { $most }. Please ask in fewer words, or ask for a person.
anyone-no-room = _About { $characters } characters have no room here._
anyone-already-handed-over = The support team already has this as **{ $name }**. Someone will reply here.
anyone-duration = { $unit ->
    [minute] { $amount ->
        [one] { $amount } minute
       *[other] { $amount } minutes
    }
   *[second] { $amount ->
        [one] { $amount } second
       *[other] { $amount } seconds
    }
}
# A day with a time of day, such as "Monday, 30 November at 09:00 (Europe/Berlin)".
anyone-moment = { anyone-weekday }, { $day } { anyone-month } at { $time } ({ $zone })
anyone-weekday = { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
anyone-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}


## For agents, to one of them alone

agents-stays-internal = Not sent: { $person } has claimed this. Press **Join** to reply too.
agents-may-be-a-note = Not sent: this may be a note for the team. Send it to the employee?
agents-speaks-already = You've already joined; your replies go to the employee.
agents-kept-already = That message stays in this thread. Write it once more to send it to the employee.
agents-sent-already = That message is already on its way to the employee. Edit or delete it there to change it.
agents-deleted-already = That message is deleted. Write it once more to send it.
agents-claimed-meanwhile = Too late: { $person } has already claimed this, so your message wasn't sent. Press **Join** to reply too.
agents-already-claimed = Too late: { $person } has already claimed this. Press **Join** to reply too.
agents-already-sent = { $person } has already sent this to the employee. There's nothing left to do.
agents-not-an-agent = Only members of { $place } can do that. Ask one of them to add you.
agents-not-to-assign = You can only assign members of { $place }. Add them to it first.
agents-ask-what = Write your question to the assistant after **ask:**, in the same message.
agents-shown-already = The employee already has this answer. Write in the thread to add something.
agents-draft-forgotten = There's nothing to send: the draft is empty or deleted. Write your reply in the thread instead.
agents-no-ticket-to-retry = There's nothing to try again: the ticket exists, is being created, or isn't wanted by the rule. **Show ids** names it.
# $fingerprint identifies the policy; $rule is the name of a rule, $name that of a handoff.
agents-why-policy = Decided under the policy in force, `{ $fingerprint }`:
agents-why-other-policy = Decided under the policy `{ $fingerprint }`, which isn't in force now:
agents-why-unknown-policy = Decided under the policy `{ $fingerprint }`. Its text or the facts of then can't be read any more, so only the rules that fired are known:
agents-why-fired = ✅ **{ $rule }**: { $reason }
agents-why-fired-then = ✅ **{ $rule }**
agents-why-not = ➖ **{ $rule }**: { $reason }
agents-why-more = … An admin sees the other rules with `uppzy-desk rules explain { $name }`.
agents-nothing-to-reveal = There's nothing to reveal: no question was written, or it has been deleted. Ask the employee in the thread.
agents-draft-too-long = This draft is too long to edit here (over { $most } characters). Send it as it is, or write your own reply.
agents-reference-needs-words = A reference article needs words: describe how it was resolved, or clear the checkbox.
agents-already-resolved = { $person } has already resolved { $place }. Press **Reopen** if there's more to do.
agents-another-is-open = This conversation is open again as { $place }. Please continue there.
# $state is one of the words of label-state-name.
agents-is-over = **{ $name }** is { $state }, so this was not sent. Reopen it and send this to the employee?
agents-nobody-has-claimed = **{ $name }** is unclaimed, so this was not sent. Send it to the employee?
agents-kept-from-assistant = A rule of the policy keeps **{ $name }** from the assistant, so only people can answer it. Reply here, or press **Resolve**.
agents-stays-with-people = **{ $name }** is sensitive, so the assistant can't answer it. Reply first, or press **Resolve**.
# $state is one of the words of label-state-name.
agents-not-possible = This handoff is { $state }, so that no longer works. The buttons on its card show what does.
agents-not-answered-aloud = I couldn't answer you in the thread. Please ask once more, or use **Show ids**.
agents-not-for-you = Only members of { $place } can look things up. Ask one of them to add you.


## For agents, lookups and the Home tab

# $ids are those of the chat.
agents-understood = { $ids }, an Uppzy session or request id, a ticket's id or number (HD-12), and the desk's own ids (con_, que_, ans_, ver_, hof_, dec_, eff_, evt_, rel_, art_, tic_, job_, alm_)
agents-ids-of-slack = a Slack message (its ts, channel:ts, or its link), a DM channel, an employee's Slack id
agents-ids-of-teams = a Teams message (its link), a chat or a channel, a person's Microsoft Entra id
agents-no-id = Mention me with an id, and I show here everything that belongs to it and what happened. I understand { $understood }.
# $id is formatted as code; $kinds is a list of words.
agents-known-as = { $id }: { $kinds }
agents-more-lines = { $count } more lines have no room here; `uppzy-desk find` shows everything.
agents-nothing-known = I know nothing about { $id }. I understand { $understood }.
agents-nobody-waits = The queue is empty.
agents-nothing-matches = Nothing in the queue matches this filter.
agents-nothing-found = Nothing found in the latest { $searched } requests of your channels. Secrets and hidden questions aren't searched.
agents-figures = { $answered ->
    [one] Today: **{ $opened }** opened · **{ $resolved }** resolved · **{ $answered }** question answered. **{ $waiting }** unclaimed.
   *[other] Today: **{ $opened }** opened · **{ $resolved }** resolved · **{ $answered }** questions answered. **{ $waiting }** unclaimed.
}


## For agents, on the card of a handoff and in its thread

agents-no-question = (none: a person was asked for with a button)
# Stands in place of a hidden question.
agents-hidden-question = Hidden. Press { label-reveal } to read it (viewing is logged).
# Stands in place of a message about a hidden question.
agents-hidden-message = Hidden. Press { label-reveal } on the card to read it.
agents-card-replaced = The card before this one was deleted. Replies in its thread still count.
agents-draft-below = not sent; the draft is in the thread
agents-full-text-below = The full text is in the thread, too.
agents-ticket-pending = Ticket pending: the ticket system is not reachable; I keep trying.
# $reason is an error code.
agents-ticket-not-created = The ticket could not be created ({ $reason }).
agents-ticket-not-created-without-reason = The ticket could not be created (no reason given).
agents-no-answer = { $reason ->
    [refused] The assistant gave no answer: it could not work with this question.
    [failed] The assistant gave no answer: it has tried several times and failed.
    [not-set-up] The assistant gave no answer: it is not set up correctly, and its operators have been told.
    [secret] The assistant was not asked: the policy keeps questions with a secret in them from it.
   *[unreachable] The assistant gave no answer: it could not be reached for hours.
}
agents-asked = (asked: { $question })
agents-answer-late = The assistant is taking longer than usual; its answer will come here.
agents-not-sent = { $person }, your message above was not sent: the handoff was unclaimed or resolved, or it may be a note. Claim or reopen it, and write the message again.
# Lines of at most 160 characters about who did what.
agents-claimed = { $by } claimed this.
agents-joined = { $by } joined.
agents-assigned = { $by } assigned this to { $person }.
agents-released = { $by } released this. It's unclaimed.
agents-released-from-you = { $person }, { $by } released this from you. It's unclaimed.
agents-resolved = { $outcome ->
    [not-solvable] { $by } closed this without a solution.
    [duplicate] { $by } closed this as a duplicate.
   *[solved] { $by } resolved this.
}
agents-handed-back = { $by } handed this back to the assistant.
agents-reopened = { $by } reopened and claimed this.
agents-written-again = The employee replied. It's open again and unclaimed.
agents-waits-for-employee = { $by } is waiting for the employee. The targets are paused.
agents-employee-reminded = I reminded the employee that you need their reply.
agents-resumed = { $by } is not waiting for the employee any more.
agents-employee-replied = { $person }, the employee replied.
agents-timed-out = { $person }, the employee didn't reply, so I closed this. It reopens if they write soon.
agents-written-again-to-you = { $person }, the employee replied. It's open again and unclaimed.
agents-claimer-gone = { $person } has claimed this, but their account is deactivated. Please assign it to someone else on the card.
agents-withdrawn = The employee doesn't need a person any more. **Withdrawn**: the assistant answers again.
agents-withdrawn-from-you = { $person }: The employee doesn't need a person any more. **Withdrawn**: the assistant answers again.
agents-closed-by-employee = The employee has closed this. No more help is needed.
agents-closed-from-you = { $person }: The employee has closed this. No more help is needed.
agents-not-solved = The employee says it's **not solved**. It's open again and unclaimed.
agents-not-solved-by-you = { $person }: The employee says it's **not solved**. It's open again and unclaimed.
agents-scored-low = The employee rated the solution **{ $score } of 5**. It's open again and unclaimed.
agents-scored-low-by-you = { $person }: The employee rated the solution **{ $score } of 5**. It's open again and unclaimed.
agents-message-deleted = The employee has deleted a message.
agents-message-changed =
    The employee has changed a message. It now says:
    { $words }
agents-hidden-message-changed = The employee has changed the question. Press **{ label-reveal }** on the card to read it.
agents-whole-question =
    The whole question:
    { $words }
agents-ticket-gone = The ticket is no longer in the ticket system. Someone may have deleted it.
agents-unreachable = { $person }'s { $chat } account is deactivated, so nothing reaches them here, and what was just sent was not delivered.
agents-removed-the-bot = { $person } has removed or blocked the app in { $chat }, so nothing reaches them here, and what was just sent was not delivered.
agents-what-was-wrong =
    Reason for “not helpful” ({ $role ->
        [agent] agent
       *[employee] employee
    }):
    { $words }
agents-hidden-reason = The employee gave a reason for “not helpful”. Press **{ label-reveal }** on the card to read it.
# $when is a day with a time.
agents-claim-soon = **{ $name }** is unclaimed. Due: { $when }.
agents-past-target = **{ $name }** is overdue and unclaimed. It stays open until someone claims it.
# A group is mentioned before this.
agents-on-call = **{ $name }** is overdue and unclaimed.
agents-file-removed = { $person } has removed the file “{ $file }”.
agents-copied-file-removed = { $person } has removed the file “{ $file }”. Its copy is deleted, too.
agents-files-kept-out = { $count ->
    [one] { $person } sent a file. It stays out of this thread because the question is hidden. Tell them where to send it; **{ label-reveal }** names it.
   *[other] { $person } sent { $count } files. They stay out of this thread because the question is hidden. Tell them where to send these; **{ label-reveal }** names them.
}
agents-answer = The assistant's answer
agents-draft-title = AI draft
agents-whole-answer = **The assistant's whole answer**, as the employee has it
agents-draft = **AI draft**.
agents-draft-asked-for = **AI draft**, asked by { $person }.
agents-draft-unsent = Only the team sees it.
agents-sent-edited =
    { $by } edited the draft and sent this:
    { $words }


## For agents, changes of the ticket in the ticket system

agents-somebody = Someone
agents-no-words-in-comment = (no words)
agents-rest-on-ticket = … (the rest stands on the ticket)
agents-private-comment = **{ $author }** wrote an internal note on the ticket:
    { $words }
agents-comment-of-employee = **{ $author }**, the employee, wrote on the ticket:
    { $words }
agents-comment-passed-on = **{ $author }** wrote on the ticket. I've sent it to the employee:
    { $words }
agents-comment-kept = **{ $author }** wrote on the ticket. Not sent to the employee, because this is unclaimed:
    { $words }
agents-ticket-moved = The ticket is **{ $status }** now in the ticket system.
agents-ticket-moved-and-resolves = The ticket is **{ $status }** now in the ticket system, which resolves this handoff.
agents-ticket-ended = The ticket is **{ $status }** now in the ticket system. Is this resolved?
agents-ticket-reopened = The ticket was opened again in the ticket system: it is **{ $status }** now.


## For agents, reasons of a decision on the card and the ticket

reason-pressed = The employee pressed “{ label-talk-to-a-person }”.
reason-for-others = The rule is for other employees.
reason-follows-kept = The message belongs to a conversation that a rule keeps from the assistant.
reason-no-confidence = The assistant did not say how confident it was.
reason-rated-helpful = The employee rated the answer as helpful.
reason-rated-not-helpful = The employee rated the answer as not helpful.
reason-refused = The assistant refused to answer this question.
reason-unavailable = The assistant cannot answer at the moment.
reason-not-set-up = The assistant is unavailable (configuration problem).
# $level is one of the words of label-confidence-level, such as "low"; $score is a number from 0 to 1.
reason-confidence = The assistant's confidence was { $level }.
reason-confidence-with-score = The assistant's confidence was { $level } ({ $score }).
# $asked is what the employee wrote.
reason-asked-for-person = The employee asked for a person: “{ $asked }”.
reason-asked-for-person-in-words = The employee asked for a person.
# $topics is a list of names with the words that touch them.
reason-sensitive = The message touches a sensitive topic: { $topics }.
# $within is a time span.
reason-unresolved = { $times ->
    [1] Asked once within { $within } without being resolved.
   *[other] Asked { $times } times within { $within } without being resolved.
}
reason-unavailable-for = The assistant has not been able to answer for { $time }.

## For agents, why a rule did not fire, or no reason is left

why-not-asked-for-person = Nothing in the message asks for a person.
# $topics is a list of names.
why-not-sensitive = The message touches none of these topics: { $topics }.
# $wanted is a list of the words of label-confidence-level.
why-not-answered = There is no answer yet; the rule asks for one with this confidence: { $wanted }.
why-not-confidence = The assistant's confidence was { $level }; the rule asks for { $wanted }.
why-not-confidence-with-score = The assistant's confidence was { $level } ({ $score }); the rule asks for { $wanted }.
why-not-confidence-absent = The assistant did not say how confident it was; the rule asks for { $wanted }.
why-level-not-stated = not stated
# $given and $wanted are good or bad; $given may be none.
why-not-verdict = { $given ->
    [good] The employee rated the answer as helpful
    [bad] The employee rated the answer as not helpful
   *[none] The employee has not rated the answer
}; the rule asks for { $wanted ->
    [good] “helpful”
   *[bad] “not helpful”
}.
why-not-unresolved = { $times ->
    [0] No question has stayed
    [one] One question has stayed
   *[other] { $times } questions have stayed
} unresolved within { $within }; the rule asks for { $wanted }.
why-available = The assistant was available.
why-not-unavailable = The assistant was unavailable for { $time }; the rule asks for { $wanted }.
why-words-are-gone = The rule fired on words that have been deleted since.
why-condition-has-changed = The rule fired; its condition has changed since.
why-rule-is-gone = The rule fired; it is not in this policy.


## Alarms in the handoff channel, for agents and operators

alarm-fix-credentials = Admins: renew it, then run `uppzy-desk check`.
alarm-fix-plan = Check what the account's plan and role allow, then run `uppzy-desk check`.
alarm-fix-employee-unreachable = The direct message with the employee can't be used. Please contact them another way.
alarm-fix-surface = This desk isn't connected to that chat any more. Connect it again; what was given up isn't sent later.
alarm-fix-ids = Check the ids in the settings, then run `uppzy-desk check`.
alarm-fix-unknown = The log has the details; `uppzy-desk find` with an id shows what belongs to it.
alarm-an-outside-system = an outside system
# $fix is one of the sentences above, $work a text of alarm-work.
alarm-system = { $system ->
    [uppzy] Uppzy
    [slack] Slack
    [tickets] The ticket system
   *[other] { $name }
}
alarm-given-up = **{ alarm-system }** rejected a request ({ $code }): { $work }. { $fix }
alarm-credentials-rejected = **{ alarm-system }** rejected its API key or token ({ $code }): { $work }. { $fix }
alarm-work = { $work ->
    [ask] a question wasn't answered
    [submit] a question wasn't answered
    [collect] an answer wasn't fetched
    [send-verdict] a rating wasn't passed on
    [close-session] a session wasn't closed
    [create-ticket] a ticket wasn't created
    [amend-ticket] a ticket wasn't completed
    [set-ticket-status] the status of a ticket wasn't changed
    [copy-note] a note wasn't copied to a ticket
    [poll-ticket] a ticket wasn't read
    [read-ticket] a ticket wasn't read
    [write-contact-note] a note on a contact wasn't written
    [upload-file] a file wasn't passed on
    [share-file] a file wasn't passed on
    [delete-file] the copy of a file wasn't deleted
    [retract-message] a message wasn't taken back
    [refresh-card] a card wasn't updated
    [refresh-article] a card wasn't updated
    [refresh-gap-queue] a card wasn't updated
    [find-gaps] gaps weren't read
    [read-marked-message] a marked message wasn't read
    [measure-article] an article wasn't measured
    [create-document] an article wasn't created
    [change-document] an article wasn't changed
    [set-document-status] an article wasn't activated or withdrawn
    [open-form] a form didn't open
    [show-home] a Home tab wasn't shown
    [show-search-report] a lookup wasn't shown
    [show-receipt] a reaction wasn't set
    [dismiss-prompt] a private note wasn't removed
    [private-note] a private note wasn't shown
    [write-digest] the figures of the weekly review weren't read
    [upload-charts] the charts of the weekly review weren't drawn
    [share-charts] the charts of the weekly review weren't shown
    [for-employee] a message didn't reach an employee
   *[for-agents] a message didn't reach the team
}
alarm-channel-unusable = I cannot post in the channel { $channel } ({ $code }): people may be waiting there unseen. Invite me, or name another channel in the settings or the policy, then run `uppzy-desk check`.
alarm-channel-shared = I cannot post in the channel { $channel } ({ $code }): people may be waiting there unseen. End the sharing, or name another channel in the settings or the policy, then run `uppzy-desk check`.
alarm-review-not-posted = I cannot post the weekly review in the channel { $channel } ({ $code }). I keep it and try again every hour. Invite me, end the sharing, or name another channel in `REVIEW_CHANNEL`, then run `uppzy-desk check`.
alarm-policy-refused = The changed escalation policy has a mistake, so the one from before stays in force. { $mistake } Admins: fix the file; `uppzy-desk rules check` shows whether it is right.
alarm-policy-refused-and-more = The changed escalation policy has mistakes, so the one from before stays in force. { $mistake } And { $more } more. Admins: fix the file; `uppzy-desk rules check` shows all of them.
alarm-questions-wait = The assistant hasn't answered for { $minutes } minutes (oldest question). Admins: run `uppzy-desk check`; `effect_delayed` in the log names the cause.
alarm-overdue = Overdue and unclaimed: { $names }
alarm-overdue-and-more = Overdue and unclaimed: { $names } and { $more } more


## Tickets and notes on contacts, for those who work in the ticket system

ticket-no-subject = Talk to a person
ticket-hidden-subject = Confidential request
ticket-no-question = (none; a person was asked for with a button)
ticket-answer-awaited = (not there yet)
ticket-no-answer = (none)
ticket-body =
    Question:
    { $question }

    The assistant's answer:
    { $answer }

    Why a person is needed:
    { $reasons }
ticket-hidden-body =
    The question is hidden. The team reads it in { $chat }, where viewing is logged.

    Why a person is needed:
    { $reasons }
ticket-files = Files in the { $chat } thread: { $files }
ticket-matter = The employee says what it is about:
    { $matter }
ticket-late-answer = The assistant's answer (uppzy_request_id { $request }):
    { $answer }
ticket-file-removed = The employee has removed a file from { $chat }.
ticket-card-address = In { $chat }: { $address }
ticket-claimed = Claimed in { $chat }.
ticket-assigned = Assigned in { $chat }.
ticket-released = Released in { $chat }. Nobody has claimed it now.
ticket-waits-for-employee = Waiting for the employee in { $chat }.
ticket-resumed = Resumed in { $chat }.
ticket-timed-out = Closed in { $chat }: the employee didn't reply.
ticket-employee-replied = The employee replied.
# $outcome is one of the words of label-outcome-name.
ticket-resolved = Resolved in { $chat }: { label-outcome-name }.
ticket-resolved-in-words = Resolved in { $chat }: { label-outcome-name }.

    { $text }
ticket-handed-back = Handed back to the assistant in { $chat }.
ticket-handed-back-unanswered = Handed back to the assistant in { $chat }. It hasn't answered yet.
ticket-assistant-answered = The assistant has answered in { $chat }.
ticket-assistant-did-not-answer = The assistant gave no answer in { $chat }.
ticket-question-stopped = The employee took the question back in { $chat }.
ticket-continued-as = This goes on as { $name }.
ticket-reopened = Reopened in { $chat }.
ticket-withdrawn = Withdrawn in { $chat }: the employee doesn't need a person any more.
ticket-closed-by-employee = Closed in { $chat }: the employee needs no more help.
ticket-written-again = Reopened: the employee wrote again in { $chat }.
ticket-came-back = The employee says that it is not solved.
ticket-came-back-scored = The employee rated the solution { $score } of 5.
ticket-agents-note = { $author } noted in { $chat }:
    { $text }
ticket-agents-changed-note = { $author } changed a note in { $chat }, which now says:
    { $text }
contact-answered-by-assistant = answered by the assistant, without a person
contact-withdrawn = withdrawn by the employee
contact-closed-by-employee = closed by the employee
contact-handed-back = handed back to the assistant
contact-closed-without-reply = closed because the employee didn't reply
contact-resolved = resolved by people
contact-resolved-as = resolved by people as { label-outcome-name }
contact-with-people = with people
contact-handoff-ended = { $name } { $ending }
contact-cut = … (cut)
contact-verdicts-of = { $rating ->
    [good] { $count } helpful ({ label-role })
   *[bad] { $count } not helpful ({ label-role })
}
contact-conversation-completed = A conversation in { $chat } is completed: { $outcome }.
contact-questions-answered = Questions answered: { $count }
contact-verdicts = Verdicts: { $verdicts }
contact-no-verdicts = Verdicts: none
contact-exchange =
    Employee: { $question }

    Assistant: { $answer }


## Buttons

label-ask-again = Ask again
label-talk-to-a-person = Talk to a person
label-ask-a-colleague = Ask a colleague
label-open-another = Open another
label-tell-us-why = Tell us why
label-helpful = Helpful
label-not-helpful = Not helpful
label-mark-as-helpful = Mark this answer as helpful
label-mark-as-not-helpful = Mark this answer as not helpful
label-solved = Yes, solved
label-not-solved = No, not yet
# For screen readers; the button shows the number.
label-score-button = { $score ->
    [1] 1 of 5: not at all solved
    [5] 5 of 5: completely solved
   *[other] { $score } of 5
}
label-all-good = No, all good
label-claim = Claim
label-join = Join
label-resolve = Resolve
label-hand-back = Hand back to the assistant
label-reopen = Reopen
label-assign = Assign to…
label-release = Release
label-wait = Waiting for the employee
label-resume = Resume
label-withdraw = I don't need a person
label-claim-and-send = Claim and send
label-send = Send
label-reopen-and-send = Reopen and send
label-cancel = Cancel
label-close = Close
label-keep-inside = Keep inside
label-reveal = Reveal
label-show-all = Show all
label-explain = Why?
label-show-ids = Show ids
label-retry-ticket = Try the ticket again
label-send-draft = Send to the employee
label-edit-draft = Edit before sending


## The card of a handoff and messages in its thread

label-asked-by = Asked by
label-priority = Priority
label-priority-name = { $priority ->
    [low] low
    [normal] normal
    [high] high
   *[urgent] urgent
}
label-ticket = Ticket
label-ticket-awaited = being created
label-no-ticket = No ticket for this rule
label-state = State
label-state-name = { $state ->
    [open] open
    [claimed] claimed
    [pending] waiting for the employee
    [resolved] resolved
    [withdrawn] withdrawn
    [timed-out] closed without a reply
    [closed] closed
   *[handed-back] handed back
}
label-state-open = Unclaimed
label-state-open-again = Unclaimed – the employee replied after { $agent } had closed it
label-state-claimed = claimed by { $agent }
label-state-pending = waiting for the employee, claimed by { $agent }
label-state-claimed-with = with { $agent }
label-state-ended-by = { label-state-name } by { $agent }
label-state-ended-with-ticket = { label-state-name } in the ticket system
label-target = Due
label-overdue = ⏰ Overdue since
label-question = Question
label-reasons = Why a person is needed
# Between a label and what follows it, as in "Confidence: low".
label-colon = :
label-confidence = Confidence
label-sources = Sources
label-confidence-not-given = not given
# $level is the assistant's own word.
label-confidence-level = { $level ->
    [low] low
    [medium] medium
    [high] high
   *[other] { $level }
}
label-answer-seen = the employee has seen it
label-answer-unseen = draft – not sent
label-answer-awaited = not there yet
label-no-answer = none was given
label-resolution-shown = Resolution
label-resolved-before = Resolved once before
label-is-solved = { $solved ->
    [yes] confirmed by the employee
    [no] not solved, says the employee
   *[unknown] waiting for the employee to confirm
}
label-scored = { $score } of 5, says the employee
label-score-awaited = waiting for the employee to rate it
label-last-revealed = Last revealed to { $agent }, { $moment }
label-role = { $role ->
    [agent] agent
   *[employee] employee
}
label-verdict = { $rating ->
    [good] { $voter }: helpful ({ label-role })
   *[bad] { $voter }: not helpful ({ label-role })
}
label-message-deleted = { $author } has deleted this message
label-writes = { $author }
label-writes-changed = { $author } (edited)
label-from-support = { $author } from the support team
label-draft-edited-by = edited and sent by { $agent }
label-draft-sent-by = sent to the employee by { $agent }
label-the-handoff-channel = the handoff channel
label-someone = someone


## Alarms

label-in-all = { $count } in all
label-alarm-since = Since { $moment }
label-alarm-over = Over:
label-alarm-lasted = From { $begin } to { $end }


## The Home tab

label-requests = Your requests
label-open-requests = Your open requests
label-past-requests = Your past requests
label-open-thread = open the thread
label-no-request-words = no question
label-words-forgotten = your words have been deleted by now
label-request-state = { $state ->
    [waiting] 🟠 Waiting for a colleague
    [with-support] 🔵 A colleague is on it
    [reply-needed] ⏸️ Waiting for your reply
    [answering] 💬 The assistant is working on it
    [answered] ✅ Answered by the assistant
    [stopped] ⏹️ Stopped
    [unanswered] ⚠️ Not answered
    [not-asked] ⚪ No question asked
    [resolved] ✅ Solved
    [closed-by-you] ⚪ Closed by you
   *[closed] ⚪ Closed by the support team
}
# $agent is a name.
label-agent-is-on-it = 🔵 { $agent } is on it
label-support-team = the support team
label-queue = Queue
label-group = { $group ->
    [overdue] Overdue
    [unclaimed] Unclaimed
    [mine] Yours
   *[others] With others
}
label-search = Search
label-clear-search = Clear search
label-refresh = Refresh
label-more-found = There are more; narrow the search to see them
# $terms are what was searched for.
label-searched = Results for { $terms }
label-every-handoff = Everything
label-shown-part = { $part ->
    [mine] Mine
    [unclaimed] Unclaimed
   *[overdue] Overdue
}
label-every-rule = All rules
label-every-priority = All priorities
label-queue-left-out = and { $count } more; narrow the list to see them
label-just-now = just now
# $age is one of the texts of label-age.
label-ago = { $age } ago
label-queued-waiting = waiting for { $age }
label-queued-with = with { $agent }, opened { $ago }
label-age = { $unit ->
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount } days
}


## Forms

label-reason-title = What was wrong?
label-reason = Tell us what was wrong with the answer
label-reason-hint = The support team reads it. Please write no passwords here.
label-resolution-title = How was it resolved?
label-resolution = The resolution in your words
label-resolution-hint = The employee reads it. Unless the question is hidden, it also goes onto the card and into the ticket, without secrets.
label-outcome = Outcome
label-outcome-hint = Sets the ticket's status.
label-outcome-option = { $outcome ->
    [not-solvable] Not solvable
    [duplicate] Duplicate of another request
   *[solved] Solved
}
label-outcome-name = { $outcome ->
    [not-solvable] not solvable
    [duplicate] duplicate
   *[solved] solved
}
label-reference = Help article
label-reference-hint = Keeps the question, unless it is hidden, with your words as a draft, without secrets. Nothing is published.
label-make-reference = Save as a draft help article
label-assignee-title = Assign to
label-assignee = Agent
label-assignee-hint = Members of this channel.
label-draft-title = Edit the draft
label-draft-words = The reply to the employee
label-draft-hint = It's sent under your name.
label-search-title = Search requests
label-search-words = Number or words
label-search-hint = A number such as HD-12, or words of the question.
label-search-employee-hint = Leave either field empty, or fill in both.
label-whole-card-title = Question and answer
label-original-title = Original message
label-original-note = Only you see this, and viewing is logged. Don't copy it into the thread.


## Articles: private notes, cards and forms

agents-mark-outside-handoff = I can only draft an article from a message in the thread of a handoff.
agents-article-changed-meanwhile = Somebody changed this article in the meantime. Look at its card, then try again.
agents-second-person-approves = You wrote this article, so somebody else has to approve it.
agents-article-needs-words = An article needs a title, a question and an answer.
agents-article-drafted = I've drafted an article from **{ $name }** in { $place }. Edit it there, so that somebody can approve it.
agents-article-approved-already = { $person } has already approved this article. It's on its way to the assistant.
# $state is one of the words of label-article-state.
agents-article-not-possible = This article is { label-article-state }, so that no longer works. The buttons on its card show what does.
label-article-state = { $state ->
    [draft] a draft
    [waiting] waiting for approval
    [sending] on its way to the assistant
    [ready] in use
    [withdrawn] withdrawn
   *[refused] not accepted by the assistant
}
label-article-approve = Approve
label-article-edit = Edit
label-article-withdraw = Withdraw
label-article-activate = Activate again
label-article-try-again = Try again
label-article-category = Category
label-article-no-category = none
label-article-answer = Answer
label-article-no-words = none yet – press Edit
label-article-written-by = Written by
label-article-approved-by = Approved by
label-article-source = From
label-article-outdated = The assistant still uses the earlier version.
label-article-used-since = The assistant has used it since { $moment }.
label-article-delayed = The assistant isn't taking it now ({ $code }). I keep trying.
label-article-refused = { $reason ->
    [plan] The API key may not manage documents ({ $code }): allow it in the assistant's settings, then try again.
    [credentials] The assistant doesn't accept the API key ({ $code }). Admins: run `uppzy-desk check`, then try again.
    [gone] The document or its site isn't there any more ({ $code }). Try again to create it anew.
    [no-id] The assistant took it, but named no id for the document ({ $code }). Look at the documents there before you try again.
    [unreadable] It may be there already, but the list of documents can't be read ({ $code }). Look there before you try again.
   *[other] The assistant didn't accept it ({ $code }). Try again, or change it first.
}
agents-article-figures = { $verdict ->
    [helped] It helped
    [no-change] It changed nothing
    [got-worse] It got worse
   *[too-few-to-say] Too few questions to say if it helped
} ({ $days } days): in trouble { $troubled } of { $questions } questions, before { $troubled_before } of { $questions_before }. Asked { $asked } times a week, before { $asked_before }.
label-article-title = Article
label-article-whole-title = The whole article
label-article-name = Title
label-article-name-hint = The assistant may show it as its source.
label-article-question-hint = As an employee would ask it. No names, no secrets.
label-article-answer-hint = Markdown. What the assistant may tell every employee.
label-article-category-hint = Optional, such as "VPN".
label-article-submit = Save
label-article-answer-part = Answer, part { $number } of { $parts }


## The report of a lookup

label-report-not-known = not known
label-report-conversation-title = Conversation
# $title is the message above, in bold.
label-report-conversation = { $title } { $id } of { $employee } · thread { $place } · { $moment }
label-report-owner = Handled by { $owner ->
    [bot] the assistant
   *[people] people
} · session { $session } (number { $number })
label-report-question = • Question { $id } · { $state } · message { $place } · { $moment }
label-report-answer = Answer { $id } · request { $request } · session { $session } · confidence { $confidence } · { $posted } · { $moment }
label-report-posted = message { $message }
label-report-not-posted = not posted
label-report-verdict = Verdict { $id } · { label-verdict } · { $moment }
label-report-decision = • Decision { $id } · rules: { $rules } · policy { $policy } · { $moment }
label-report-handoff-title = Handoff { $name }
# $title is the message above, in bold.
label-report-handoff = • { $title } { $id } · { label-state-name } · priority { label-priority-name } · { $thread }
label-report-thread = its thread
label-report-no-card = no card yet
label-report-ticket = Ticket { $number } · id { $id } in { $system }
label-report-ticket-not-there = Ticket: not there yet
label-report-event = { $event ->
    [opened] opened
    [claimed] claimed
    [resolved] resolved
    [handed-back] handed back
    [withdrawn] withdrawn
    [reopened] reopened
    [joined] joined
    [assigned] assigned
    [released] released
    [pending] waiting for the employee
    [employee-reminded] employee reminded to reply
    [resumed] resumed
    [replied] employee replied
    [timed-out] closed without a reply
    [written-again] reopened by the employee
    [relayed] passed a message on to the employee
    [unsent] took a message to the employee back
    [said-solved] said to be solved
    [said-not-solved] said not to be solved
    [said-partly-solved] said to be partly solved
    [kept-as-reference] kept as a reference draft
    [assistant-asked] assistant asked by an agent
    [draft-sent] draft sent to the employee
    [moved] moved out of a shared channel
    [card-replaced] card posted anew after it was deleted
    [revealed] question revealed
    [ticket-retried] ticket tried again
    [reminded] reminded
    [overdue] overdue
    [on-call] on-call people asked
    [ticket-moved] moved in the ticket system
   *[ticket-comment] comment in the ticket system
}
label-report-event-by = { $event ->
    [written-again] reopened by { $person } (employee)
    [relayed] { $person } sent a message
    [unsent] { $person } deleted a sent message
    [said-solved] { $person }: solved
    [said-not-solved] { $person }: not solved
    [said-partly-solved] { $person }: partly solved
    [kept-as-reference] { $person } saved a draft help article
    [assistant-asked] { $person } asked the assistant
    [draft-sent] { $person } sent a draft
    [ticket-comment] { $person } wrote on the ticket
   *[other] { label-report-event } by { $person }
}
label-report-effects = • Effects: { $states }
label-report-scheduled = • Scheduled job { $id } · { $kind } · { $progress } · { $moment }
label-report-waits = waits
label-report-done = done { $moment }

## The weekly review, in its channel and on the command line

# $first and $last are days, such as 2026-11-23.
review-title = Review of { $first } to { $last }
review-weekly-title = Weekly review: { $first } to { $last }
review-count = { $count }
review-count-and-share = { $count } ({ $percent } %)
review-total = { $count } in all
review-rule = { $rule }: { $count }
review-other-rules = other rules: { $count }
review-employees-verdicts = employees: { $good } helpful, { $bad } not helpful
review-agents-verdicts = agents: { $good } helpful, { $bad } not helpful
review-level = { $level }: { $answers ->
    [one] { $answers } answer
   *[other] { $answers } answers
}, { $good } helpful, { $bad } not helpful, { $escalated } handed over
review-level-name = { $level ->
    [high] high
    [medium] medium
    [low] low
    [absent] not stated
   *[other] { $name }
}
review-times = half within { $p50 }, nine of ten within { $p90 } ({ $of ->
    [one] { $of } handoff
   *[other] { $of } handoffs
})
review-within-target = claimed within the target: { $count } of { $of }
review-no-times = none
review-span = { $unit ->
    [second] { $amount } s
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount } d
}
review-article = { $title }: { $figures }
review-label = { $figure ->
    [questions] Questions
    [answered] Answered without a person
    [handoffs] Handoffs
    [verdicts] Verdicts
    [confidence] Confidence
    [first-word] First word of a person
    [claim] Claimed
    [resolution] Resolved
    [reopened] Reopened
    [articles] Articles in use: did they help?
   *[came-back] Came back after “yes, solved”
}
review-definition = { $figure ->
    [questions] Questions that employees asked in the period, without greetings and thanks. Agents' own questions are not counted.
    [answered] Questions that the assistant answered to the employee, and that no handoff was opened for. The share is of all questions.
    [handoffs] Handoffs opened in the period, in all and under each of the rules that brought them up. One with two rules counts under both.
    [verdicts] Current verdicts on answers to questions of the period: a changed verdict counts as what it is now.
    [confidence] Answers to employees, drafts included, by the assistant's confidence; employees' verdicts on them, and how many of their questions were handed over.
    [first-word] From the opening of a handoff to the first message of a person to the employee.
    [claim] From the opening of a handoff to its first claim or assignment. The targets are those of the policy, in working hours.
    [resolution] From the opening of a handoff to its last resolution by an agent. Handoffs that were handed back, withdrawn or closed without a reply have none.
    [reopened] Handoffs of the period that were opened again after a resolution.
    [articles] Questions about the matter of an article, 28 days before it came into use and since then. In trouble: low or no confidence, rated as not helpful, or handed over.
   *[came-back] Handoffs of the period whose employee said “yes, solved”, and that were opened again later.
}
review-quantiles = Times are nearest ranks: half of the handoffs took no longer than the first, nine of ten no longer than the second.
review-changes = Changed since the period before
review-change = { $direction ->
    [up] ↑
   *[down] ↓
} { $figure ->
    [questions] Questions
    [answered-without-person] Answered without a person
    [handoffs] Handoffs
    [employee-bad] Verdicts of employees that are “not helpful”
    [unsure] Answers with low confidence or none
    [first-word] First word of a person, half of the handoffs
    [claim] Claimed, half of the handoffs
    [resolution] Resolved, half of the handoffs
   *[reopened] Handoffs that were reopened
}: { $before } → { $after }
review-no-changes = Nothing that is more than noise.
review-noise = Only what would come by chance less than once in a hundred times: counts by the exact binomial test, shares by Fisher's exact test, times by Mood's median test.
review-percent = { $percent } %

## The charts of the review

review-weeks-title = Questions and handoffs by week
review-weeks-in-words = Questions and handoffs of each week:
review-week-in-words = from { $begins }: { $questions } questions, { $handoffs } handoffs
review-levels-title = Confidence and verdicts
review-levels-in-words = Answers by confidence and the employees' verdicts on them:
review-level-in-words = { $level }: { $good } helpful, { $bad } not helpful, { $unrated } not rated
review-helpful = helpful
review-not-helpful = not helpful
review-not-rated = not rated


## The gaps of the review

review-gaps = Gaps
review-no-gaps = None.
review-gaps-definition = Questions with low confidence or none, a bad verdict, asked again, handed over, or answered without words, grouped by their main words; the largest first, each with its share of all questions, and the best resolution of an agent.
review-words-gone = the words were deleted after the retention time
review-gap = { $number }. { $examples }: { $questions ->
    [one] { $questions } question
   *[other] { $questions } questions
} ({ $percent } %); { $reasons }
review-gap-resolution = → { $resolution }
review-trouble = { $reason ->
    [low-confidence] low confidence
    [absent-confidence] no confidence given
    [bad-verdict] rated not helpful
    [repeated] asked again
    [handed-over] handed over
   *[answered-without-words] answered without words
} { $count }

## The queue of gaps

review-gap-title = Gap { $position } of { $total }
review-gap-size = { $count ->
    [one] 1 question, { $percent } % of all
   *[other] { $count } questions, { $percent } % of all
}
review-gap-examples = Asked, for example
review-gap-resolutions = How colleagues resolved it
label-gap-next = Next gap
label-gap-previous = Previous
label-gap-write-article = Write article
label-gap-not-a-gap = Not a gap
label-gap-snooze = Snooze a week
label-gap-take-back = Take back
review-gap-dismissed = { $person } says that this is not a gap.
review-gap-snoozed = { $person } has put this off until { $moment }.
review-gap-has-article = An article has been started for this gap.
agents-gap-decided-already = { $state ->
    [dismissed] { $person } has already said that this is not a gap.
   *[snoozed] { $person } has already put this gap off.
}
agents-gap-taken-back-already = This gap is in the queue again already.

### Las frases del soporte en español. en.ftl explica las variables.


## Para los empleados

employee-disclaimer = Generado por IA. Comprueba los datos importantes.
employee-takes-longer = Está tardando más de lo habitual. Sigo en ello y responderé aquí.
employee-continued-here = Se borró el primer mensaje de nuestra conversación, así que sigo aquí. Responde en este hilo.
employee-stopped = Detenido.
employee-nothing-to-stop = Ahora mismo no hay nada que detener.
# **new** and **home** are commands, which are not translated.
employee-greeting = ¡Hola! Soy el asistente de soporte. Pregunta con tus palabras; si no puedo ayudar, aviso a una persona. **new** empieza un tema nuevo, **home** muestra tus solicitudes.
employee-new-topic = Tema nuevo. ¿En qué necesitas ayuda?
employee-topic-must-wait = **{ $name }** sigue abierta, así que lo que escribas aquí llega a soporte. Escribe **home** para cerrarla antes.
employee-no-words = Solo puedo responder a preguntas escritas. ¿En qué necesitas ayuda?
employee-only-files = No puedo leer archivos adjuntos. Describe lo que necesitas con palabras o habla con una persona.
employee-files-unread = No puedo leer archivos adjuntos; esta respuesta se basa solo en tu mensaje.
employee-edited-too-late = Cambiaste tu mensaje después de mi respuesta. Responde aquí si quieres una respuesta nueva.
employee-not-yours = Eso solo puede hacerlo quien preguntó.
employee-nothing-asked = Aún no tienes solicitudes. Escríbeme un mensaje y aparecerá aquí.
employee-thanks-for-reason = Gracias por tu opinión.
employee-asked-again =
    Has vuelto a preguntar:
    { $words }
employee-did-it-help = ¿Se ha resuelto tu problema?
employee-how-well-solved = ¿En qué medida se ha resuelto? 1 significa nada; 5, del todo.
employee-write-again = ¿Sigues necesitando ayuda? Responde aquí.
employee-you-said-solved = Tu respuesta: **sí, resuelto**.
employee-you-said-not-solved = Tu respuesta: **no, todavía no**.
employee-you-said-all-good = Tu respuesta: **no, todo bien**.
employee-you-scored = Tu respuesta: **{ $score } de 5**.
employee-thanks-solved = Me alegro, gracias.
employee-taken-as-solved = Marcado como resuelto.
employee-you-are-welcome = ¡De nada! Si necesitas algo más, pregunta.
employee-small-talk = ¡Hola! Soy el asistente de soporte. Cuéntame con tus palabras en qué necesitas ayuda.
employee-anything-else = De acuerdo. Si necesitas algo más, pregunta.
# The rule of the policy offers a person; the button below says "Ask a colleague".
employee-offer = ¿Pregunto a un compañero?
employee-offer-after-unsure-answer = No estoy seguro de esta respuesta. ¿Pregunto a un compañero?
employee-offer-accepted = Tu respuesta: **preguntar a un compañero**.
# $names are ticket numbers. The button below says "Open another".
employee-many-open = { $count ->
    [one] Ya tienes una solicitud abierta de hoy: **{ $names }**.
   *[other] Ya tienes { $count } solicitudes abiertas de hoy: **{ $names }**.
}
# Stands behind employee-many-open.
employee-shall-open-another = ¿Abrir otra?
employee-another-opened = Tu respuesta: **abrir otra**.
employee-still-answering = Sigo trabajando en tu pregunta y responderé aquí.
employee-sorry-not-helpful = Siento que no te haya ayudado. Dime qué falta o habla con una persona.
employee-reopened-by-you = Reabierto.
employee-no-person-needed = Tu respuesta: **No necesito a una persona**.
employee-answer-withheld = No puedo responder a esta pregunta automáticamente. Puedes volver a pedir una persona cuando quieras.
employee-answered-meanwhile = Alguien de soporte ya ha respondido. Avisa aquí si ya no necesitas ayuda.
employee-in-line = Tu pregunta es la número { $number } de la cola. Responderé aquí.
employee-rated-helpful = Tu valoración: esta respuesta es útil. ¡Gracias!
employee-rated-not-helpful = Tu valoración: esta respuesta no es útil.
employee-contains-secret = { $kind ->
    [number] Parece que tu mensaje contiene un número de tarjeta o de cuenta. Si es real, elimina el mensaje: abre su menú (⋮) y elige **Eliminar mensaje**.
   *[secret] Parece que tu mensaje contiene una contraseña u otro secreto. Cámbialo ahora, porque otros pueden haberlo leído. Después elimina el mensaje: abre su menú (⋮) y elige **Eliminar mensaje**.
}
employee-no-answer = { $reason ->
    [refused] No consigo una respuesta a esta pregunta. Pide hablar con una persona.
    [failed] Lo he intentado varias veces sin éxito. Pide hablar con una persona.
    [not-set-up] Ahora mismo no puedo responder. El equipo técnico ya lo sabe. Pide hablar con una persona.
    [secret] No respondo a mensajes que contienen un secreto. Pregunta de nuevo sin él o pide hablar con una persona, que verá tu mensaje sin el secreto.
   *[unreachable] Llevo horas sin poder responder y he dejado de intentarlo. Pregunta de nuevo o pide hablar con una persona.
}
employee-handed-over = He pasado tu solicitud a soporte. Alguien te responderá aquí.
# Ends the sentences about the handover, where the employee has only asked for a person.
employee-what-about = Mientras tanto, ¿de qué se trata?
employee-expect-from = Ahora mismo no trabaja nadie. Alguien te responderá a partir del { $opening }.
employee-expect-by = Deberías tener una respuesta antes del { $due }.
employee-overdue = Perdona la espera: nadie se ocupa todavía de **{ $name }**. He vuelto a avisar a soporte.
employee-at-work = Soporte ya está trabajando y tiene **{ $name }** en su cola. Alguien te responderá aquí.
employee-ticket-in-brackets = (**{ $name }**)
employee-ticket-number = Tu número de ticket es **{ $name }**.
employee-nobody-reached = No puedo contactar con soporte en { $chat }. Contacta por otra vía y menciona **{ $name }**.
employee-nobody-reached-but = No puedo contactar con soporte en { $chat }. Contacta por { $contact } y menciona **{ $name }**.
employee-reached = Soporte ha recibido **{ $name }** al final. No hace falta que contactes por otra vía; alguien te responderá aquí.
employee-passed-on = Lo he añadido a **{ $name }**. Hasta que se resuelva, lo que escribas aquí llega a soporte.
employee-file-left-out = { $obstacle ->
    [elsewhere] No he podido reenviar «{ $file }»: está fuera de { $chat }.
    [too-large] No he podido reenviar «{ $file }» (más de { $megabytes } MB).
    [not-visible] No he podido reenviar «{ $file }»: está en una conversación que no veo.
    [not-allowed] No he podido reenviar «{ $file }»: aquí no puedo copiar archivos.
    [gone] No he podido reenviar «{ $file }»: ya no existe.
   *[refused] No he podido reenviar «{ $file }»: { $chat } no lo ha aceptado.
}
employee-file-linked = Soporte ha recibido un enlace en su lugar.
employee-files-kept-out = No he reenviado tus archivos para que esto siga siendo confidencial. Quien te responda te dirá cómo enviarlos.
employee-claimed = { $person } te ayuda con **{ $name }**. Responde aquí.
employee-joined = { $person } también ayuda con **{ $name }** y lee lo que escribes aquí.
employee-released = **{ $name }** vuelve a estar en la cola. Otra persona de soporte te responderá aquí.
employee-reply-needed = { $person } necesita tu respuesta para seguir con **{ $name }**. Escríbela aquí.
employee-reply-still-needed = Soporte aún necesita tu respuesta para seguir con **{ $name }**. Escríbela aquí.
employee-closes-without-reply = Si no llega, cerraré la solicitud el { $closing }.
employee-timed-out = He cerrado **{ $name }** porque no llegó tu respuesta. ¿Aún necesitas ayuda? Escribe aquí.
employee-written-again = He reabierto **{ $name }**. Soporte tiene tu mensaje; alguien te responderá aquí.
employee-resolved = { $outcome ->
    [not-solvable] { $person } ha cerrado **{ $name }** sin solución.
    [duplicate] { $person } ha cerrado **{ $name }** como duplicado.
   *[solved] { $person } ha marcado **{ $name }** como resuelto.
}
employee-resolved-in-words = { $outcome ->
    [not-solvable] { $person } ha cerrado **{ $name }** sin solución:
    [duplicate] { $person } ha cerrado **{ $name }** como duplicado:
   *[solved] { $person } ha marcado **{ $name }** como resuelto:
}
    { $words }
employee-closed-with-ticket = Soporte ha cerrado **{ $name }**.
employee-resolved-with-ticket = Soporte ha resuelto **{ $name }**.
employee-shall-reopen = **{ $name }** está cerrado, así que soporte no ha visto esto. ¿Lo reabro?
employee-withdrawn = Vale, he avisado a soporte; **{ $name }** está cerrado. Vuelvo a responder a tus preguntas.
employee-withdrawn-already = **{ $name }** ya está cerrado. Pregúntame lo que quieras.
employee-closed-by-you = He cerrado **{ $name }** y he avisado a soporte. ¿Aún necesitas ayuda? Responde aquí.
employee-came-back = Gracias por avisar. He reabierto **{ $name }**; alguien te responderá aquí.
employee-reopened = { $person } ha reabierto **{ $name }**.
employee-handed-back = { $person } me ha devuelto la conversación a mí, el asistente. Pregúntame lo que quieras.
employee-handed-back-unanswered = { $person } me ha devuelto tu pregunta a mí, el asistente. Estoy en ello y responderé aquí.


## Para todos

anyone-no-words-in-answer = (El asistente respondió sin texto.)
anyone-refused = { $kind ->
    [guest] Lo siento, no puedo ayudar a personas invitadas. Consulta a quien te haya invitado.
    [other-workspace] Lo siento, solo puedo ayudar a miembros de este espacio de trabajo.
   *[other-company] Lo siento, solo puedo ayudar a personas de esta empresa.
}
anyone-in-group = No participo en los mensajes de grupo. Escríbeme directamente.
anyone-gone = Este botón ya no funciona: está resuelto o es demasiado antiguo. Mira los mensajes más recientes de abajo.
anyone-form-too-late = El formulario no se abrió a tiempo. Pulsa el botón otra vez.
anyone-no-forms = No puedo abrir un formulario en este chat.
anyone-no-words-in-form = Escribe unas palabras.
anyone-said-already = Ya has respondido a eso. ¡Gracias!
anyone-press-noted = Anotado.
anyone-file-left-out = { $obstacle ->
    [elsewhere] No se ha reenviado el archivo «{ $file }» de { $person }: está fuera de { $chat }.
    [too-large] No se ha reenviado el archivo «{ $file }» de { $person } (más de { $megabytes } MB).
    [not-visible] No se ha reenviado el archivo «{ $file }» de { $person }: está en una conversación que esta aplicación no ve.
    [not-allowed] No se ha reenviado el archivo «{ $file }» de { $person }: esta aplicación no puede copiar archivos.
    [gone] No se ha reenviado el archivo «{ $file }» de { $person }: ya no existe.
   *[refused] No se ha reenviado el archivo «{ $file }» de { $person }: { $chat } no lo ha aceptado.
}
anyone-file-is-here = Está aquí: { $address }
anyone-too-long = Tu mensaje tiene { $length } caracteres; puedo leer hasta { $most }. Acórtalo o pide hablar con una persona.
anyone-no-room = _Aquí no caben unos { $characters } caracteres._
anyone-already-handed-over = Soporte ya tiene esto como **{ $name }**. Alguien te responderá aquí.
anyone-duration = { $unit ->
    [minute] { $amount ->
        [one] { $amount } minuto
       *[other] { $amount } minutos
    }
   *[second] { $amount ->
        [one] { $amount } segundo
       *[other] { $amount } segundos
    }
}
anyone-moment = { anyone-weekday } { $day } de { anyone-month } a las { $time } ({ $zone })
anyone-weekday = { $weekday ->
    [1] lunes
    [2] martes
    [3] miércoles
    [4] jueves
    [5] viernes
    [6] sábado
   *[7] domingo
}
anyone-month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}


## Para soporte, a una sola persona

agents-stays-internal = No enviado: { $person } se ocupa de esto. Pulsa **Unirse** para responder también.
agents-may-be-a-note = No enviado: puede ser una nota para el equipo. ¿Enviarlo a quien preguntó?
agents-speaks-already = Ya participas; tus respuestas se envían.
agents-kept-already = Ese mensaje se queda en este hilo. Escríbelo otra vez para enviarlo.
agents-sent-already = Ese mensaje ya está en camino. Edítalo o bórralo en el hilo para cambiarlo.
agents-deleted-already = Ese mensaje está borrado. Escríbelo otra vez para enviarlo.
agents-claimed-meanwhile = Demasiado tarde: { $person } ya se ocupa de esto y tu mensaje no se ha enviado. Con **Unirse** puedes responder también.
agents-already-claimed = Demasiado tarde: { $person } ya se ocupa de esto. Con **Unirse** puedes responder también.
agents-already-sent = { $person } ya lo ha enviado. No queda nada por hacer.
agents-not-an-agent = Eso solo pueden hacerlo los miembros de { $place }. Pide a uno de ellos que te añada.
agents-not-to-assign = Solo puedes asignar a miembros de { $place }. Añade antes a la persona.
agents-ask-what = Escribe la pregunta para el asistente después de **ask:**, en el mismo mensaje.
agents-shown-already = Quien preguntó ya tiene esta respuesta. Escribe en el hilo para añadir algo.
agents-draft-forgotten = No hay nada que enviar: el borrador está vacío o borrado. Escribe tu respuesta en el hilo.
agents-no-ticket-to-retry = No hay nada que reintentar: el ticket existe, está en camino o la regla no lo pide. **Mostrar ID** lo nombra.
agents-why-policy = Decidido según la política vigente, `{ $fingerprint }`:
agents-why-other-policy = Decidido según la política `{ $fingerprint }`, que ya no está vigente:
agents-why-unknown-policy = Decidido según la política `{ $fingerprint }`. Su texto o los datos de entonces ya no se pueden leer, por eso solo se conocen las reglas que se aplicaron:
agents-why-fired = ✅ **{ $rule }**: { $reason }
agents-why-fired-then = ✅ **{ $rule }**
agents-why-not = ➖ **{ $rule }**: { $reason }
agents-why-more = … La administración ve las demás reglas con `uppzy-desk rules explain { $name }`.
agents-nothing-to-reveal = No hay nada que mostrar: la pregunta falta o se ha borrado. Pregunta a la persona en el hilo.
agents-draft-too-long = Este borrador es demasiado largo para editarlo aquí (más de { $most } caracteres). Envíalo tal cual o escribe tu respuesta.
agents-reference-needs-words = Un artículo de ayuda necesita texto: describe la solución o desmarca la casilla.
agents-already-resolved = { $person } ya ha resuelto { $place }. Con **Reabrir** puedes continuar.
agents-another-is-open = Esta conversación está reabierta como { $place }. Sigue allí.
agents-is-over = El estado de **{ $name }** es «{ $state }», así que esto no se ha enviado. ¿Reabrirlo y enviarlo a quien preguntó?
agents-nobody-has-claimed = **{ $name }** está sin asignar, así que esto no se ha enviado. ¿Enviarlo a quien preguntó?
agents-kept-from-assistant = Una regla de la política no pasa **{ $name }** al asistente, así que solo pueden responder personas. Responde aquí o pulsa **Resolver**.
agents-stays-with-people = **{ $name }** es delicado, así que el asistente no puede responder. Responde primero o pulsa **Resolver**.
agents-not-possible = Ya no es posible: el estado de esta solicitud es «{ $state }». Los botones de su tarjeta muestran qué se puede hacer.
agents-not-answered-aloud = No he podido responderte en el hilo. Pregunta otra vez o usa **Show ids**.
agents-not-for-you = Solo los miembros de { $place } pueden buscar. Pide a uno de ellos que te añada.


## Para soporte, búsquedas e inicio

agents-understood = { $ids }, un id de sesión o de petición de Uppzy, el id o el número de un ticket (HD-12) y los ids propios (con_, que_, ans_, ver_, hof_, dec_, eff_, evt_, rel_, art_, tic_, job_, alm_)
agents-ids-of-slack = un mensaje de Slack (su ts, channel:ts o su enlace), un canal de mensajes directos, el id de Slack de una persona
agents-ids-of-teams = un mensaje de Teams (su enlace), un chat o un canal, el id de Microsoft Entra de una persona
agents-no-id = Mencióname con un id y muestro aquí todo lo relacionado. Entiendo { $understood }.
agents-known-as = { $id }: { $kinds }
agents-more-lines = { $count } líneas más no caben aquí; `uppzy-desk find` lo muestra todo.
agents-nothing-known = No sé nada de { $id }. Entiendo { $understood }.
agents-nobody-waits = La cola está vacía.
agents-nothing-matches = Nada en la cola coincide con este filtro.
agents-nothing-found = No se encontró nada en las últimas { $searched } solicitudes de tus canales. No se buscan secretos ni preguntas ocultas.
agents-figures = Solicitudes de hoy, abiertas: **{ $opened }** · resueltas: **{ $resolved }** · preguntas respondidas: **{ $answered }**. Sin asignar: **{ $waiting }**.


## Para soporte, tarjeta e hilo

agents-no-question = (ninguna: se pidió una persona con un botón)
# Stands in place of a hidden question.
agents-hidden-question = Oculta. Pulsa «{ label-reveal }» para leerla (la consulta queda registrada).
# Stands in place of a message about a hidden question.
agents-hidden-message = Oculto. Pulsa «{ label-reveal }» en la tarjeta para leerlo.
agents-card-replaced = La tarjeta anterior se borró. Las respuestas en su hilo siguen contando.
agents-draft-below = no enviado; el borrador está en el hilo
agents-full-text-below = El texto completo también está en el hilo.
agents-ticket-pending = Ticket pendiente: el sistema de tickets no responde; sigo intentándolo.
agents-ticket-not-created = No se pudo crear el ticket ({ $reason }).
agents-ticket-not-created-without-reason = No se pudo crear el ticket (sin motivo indicado).
agents-no-answer = { $reason ->
    [refused] Sin respuesta del asistente: no pudo trabajar con esta pregunta.
    [failed] Sin respuesta del asistente: varios intentos han fallado.
    [not-set-up] Sin respuesta del asistente: está mal configurado. El equipo técnico ya lo sabe.
    [secret] No se ha preguntado al asistente: las reglas no le pasan preguntas que contienen un secreto.
   *[unreachable] Sin respuesta del asistente: estuvo horas sin conexión.
}
agents-asked = (pregunta: { $question })
agents-answer-late = El asistente tarda más de lo habitual; su respuesta llegará aquí.
agents-not-sent = { $person }, tu mensaje de arriba no se ha enviado: la solicitud estaba sin asignar o resuelta, o puede ser una nota. Asúmela o reábrela y escribe el mensaje otra vez.
# Líneas de 160 caracteres como máximo sobre quién hizo qué.
agents-claimed = { $by } se ocupa de esto.
agents-joined = { $by } también ayuda.
agents-assigned = { $by } ha asignado esto a { $person }.
agents-released = { $by } ha liberado esto. Está sin asignar.
agents-released-from-you = { $person }, { $by } ha liberado esto. Ya no lo tienes asignado.
agents-resolved = { $outcome ->
    [not-solvable] { $by } ha cerrado esto sin solución.
    [duplicate] { $by } ha cerrado esto como duplicado.
   *[solved] { $by } ha resuelto esto.
}
agents-handed-back = { $by } ha devuelto esto al asistente.
agents-reopened = { $by } ha reabierto esto y se ocupa de ello.
agents-written-again = Hay un mensaje nuevo. La solicitud está reabierta y sin asignar.
agents-waits-for-employee = { $by } espera la respuesta de quien preguntó. Los plazos quedan en pausa.
agents-employee-reminded = He recordado a quien preguntó que necesitas su respuesta.
agents-resumed = { $by } ya no espera la respuesta de quien preguntó.
agents-employee-replied = { $person }, quien preguntó ha respondido.
agents-timed-out = { $person }, no hubo respuesta, así que lo he cerrado. Si escribe pronto, se reabre.
agents-written-again-to-you = { $person }, hay un mensaje nuevo. La solicitud está reabierta y sin asignar.
agents-claimer-gone = { $person } se ocupa de esto, pero su cuenta está desactivada. Asígnalo a otra persona en la tarjeta.
agents-withdrawn = Ya no hace falta una persona. **Retirado**: el asistente vuelve a responder.
agents-withdrawn-from-you = { $person }: ya no hace falta una persona. **Retirado**: el asistente vuelve a responder.
agents-closed-by-employee = Quien preguntó ha cerrado esto. Ya no necesita ayuda.
agents-closed-from-you = { $person }: quien preguntó ha cerrado esto. Ya no necesita ayuda.
agents-not-solved = Quien preguntó dice que **no está resuelto**. La solicitud está reabierta y sin asignar.
agents-not-solved-by-you = { $person }: quien preguntó dice que **no está resuelto**. La solicitud está reabierta y sin asignar.
agents-scored-low = Quien preguntó valora la solución con **{ $score } de 5**. La solicitud está reabierta y sin asignar.
agents-scored-low-by-you = { $person }: quien preguntó valora la solución con **{ $score } de 5**. La solicitud está reabierta y sin asignar.
agents-message-deleted = Quien preguntó ha borrado un mensaje.
agents-message-changed =
    Quien preguntó ha cambiado un mensaje. Ahora dice:
    { $words }
agents-hidden-message-changed = Quien preguntó ha cambiado la pregunta. Pulsa **{ label-reveal }** en la tarjeta para leerla.
agents-whole-question =
    La pregunta completa:
    { $words }
agents-ticket-gone = El ticket ya no existe en el sistema de tickets. Puede que alguien lo haya borrado.
agents-unreachable = La cuenta de { $chat } de { $person } está desactivada: no le llega nada aquí, y lo último no se entregó.
agents-removed-the-bot = { $person } ha quitado o bloqueado la aplicación en { $chat }: no le llega nada aquí, y lo último no se entregó.
agents-what-was-wrong =
    Motivo de «no útil» ({ $role ->
        [agent] soporte
       *[employee] quien preguntó
    }):
    { $words }
agents-hidden-reason = Quien preguntó ha dado un motivo de «no útil». Pulsa **{ label-reveal }** en la tarjeta para leerlo.
agents-claim-soon = **{ $name }** sigue sin asignar. Plazo: { $when }.
agents-past-target = **{ $name }** está fuera de plazo y sin asignar. Sigue abierta hasta que alguien se ocupe.
agents-on-call = **{ $name }** está fuera de plazo y sin asignar.
agents-file-removed = { $person } ha quitado el archivo «{ $file }».
agents-copied-file-removed = { $person } ha quitado el archivo «{ $file }». Su copia también se ha borrado.
agents-files-kept-out = { $count ->
    [one] { $person } ha enviado un archivo. No entra en este hilo porque la pregunta está oculta. Dile adónde enviarlo; **{ label-reveal }** da su nombre.
   *[other] { $person } ha enviado { $count } archivos. No entran en este hilo porque la pregunta está oculta. Dile adónde enviarlos; **{ label-reveal }** da sus nombres.
}
agents-answer = Respuesta del asistente
agents-draft-title = Borrador de IA
agents-whole-answer = **La respuesta completa del asistente**, tal como se envió
agents-draft = **Borrador de IA**.
agents-draft-asked-for = **Borrador de IA**, pedido por { $person }.
agents-draft-unsent = Solo lo ve el equipo.
agents-sent-edited =
    { $by } ha editado el borrador y ha enviado esto:
    { $words }


## Para soporte, cambios del ticket

agents-somebody = Alguien
agents-no-words-in-comment = (sin texto)
agents-rest-on-ticket = … (el resto está en el ticket)
agents-private-comment = **{ $author }** ha escrito una nota interna en el ticket:
    { $words }
agents-comment-of-employee = **{ $author }** (quien preguntó) ha escrito en el ticket:
    { $words }
agents-comment-passed-on = **{ $author }** ha escrito en el ticket; lo he reenviado:
    { $words }
agents-comment-kept = **{ $author }** ha escrito en el ticket. No se ha reenviado porque está sin asignar:
    { $words }
agents-ticket-moved = El ticket está ahora **{ $status }** en el sistema de tickets.
agents-ticket-moved-and-resolves = El ticket está ahora **{ $status }** en el sistema de tickets, lo que resuelve esta solicitud.
agents-ticket-ended = El ticket está ahora **{ $status }** en el sistema de tickets. ¿Está resuelto?
agents-ticket-reopened = El ticket se reabrió en el sistema de tickets: ahora está **{ $status }**.


## Para soporte, motivos

reason-pressed = Se pulsó «{ label-talk-to-a-person }».
reason-for-others = La regla es para otros empleados.
reason-follows-kept = El mensaje es de una conversación que una regla no pasa al asistente.
reason-no-confidence = El asistente no indicó su confianza.
reason-rated-helpful = La respuesta se valoró como útil.
reason-rated-not-helpful = La respuesta se valoró como no útil.
reason-refused = El asistente rechazó esta pregunta.
reason-unavailable = El asistente no puede responder ahora mismo.
reason-not-set-up = El asistente no está disponible (problema de configuración).
reason-confidence = La confianza del asistente era { $level }.
reason-confidence-with-score = La confianza del asistente era { $level } ({ $score }).
reason-asked-for-person = Se pidió una persona: «{ $asked }».
reason-asked-for-person-in-words = Se pidió una persona.
reason-sensitive = El mensaje toca un tema delicado: { $topics }.
reason-unresolved = { $times ->
    [1] Preguntado una vez en { $within } sin solución.
   *[other] Preguntado { $times } veces en { $within } sin solución.
}
reason-unavailable-for = El asistente no puede responder desde hace { $time }.

why-not-asked-for-person = Nada en el mensaje pide una persona.
why-not-sensitive = El mensaje no toca ninguno de estos temas: { $topics }.
why-not-answered = Aún no hay respuesta; la regla pide una con esta confianza: { $wanted }.
why-not-confidence = La confianza del asistente era { $level }; la regla pide { $wanted }.
why-not-confidence-with-score = La confianza del asistente era { $level } ({ $score }); la regla pide { $wanted }.
why-not-confidence-absent = El asistente no indicó su confianza; la regla pide { $wanted }.
why-level-not-stated = no indicada
why-not-verdict = { $given ->
    [good] La respuesta se valoró como útil
    [bad] La respuesta se valoró como no útil
   *[none] La respuesta no se ha valorado
}; la regla pide { $wanted ->
    [good] «útil»
   *[bad] «no útil»
}.
why-not-unresolved = { $times ->
    [0] Ninguna pregunta quedó
    [one] Una pregunta quedó
   *[other] { $times } preguntas quedaron
} sin solución en { $within }; la regla pide { $wanted }.
why-available = El asistente estaba disponible.
why-not-unavailable = El asistente no estuvo disponible durante { $time }; la regla pide { $wanted }.
why-words-are-gone = La regla se aplicó por palabras que ya se han borrado.
why-condition-has-changed = La regla se aplicó; su condición ha cambiado desde entonces.
why-rule-is-gone = La regla se aplicó; no está en esta política.


## Alarmas

alarm-fix-credentials = Admins: renovadla y ejecutad `uppzy-desk check`.
alarm-fix-plan = Admins: revisad qué permiten el plan y el rol de la cuenta y ejecutad `uppzy-desk check`.
alarm-fix-employee-unreachable = El mensaje directo con la persona no se puede usar. Contactad por otra vía.
alarm-fix-surface = Este chat ya no está conectado. Admins: conectadlo de nuevo; lo abandonado no se enviará después.
alarm-fix-ids = Admins: revisad los ids en los ajustes y ejecutad `uppzy-desk check`.
alarm-fix-unknown = Admins: los detalles están en el registro; `uppzy-desk find` con un id muestra lo relacionado.
alarm-an-outside-system = otro sistema
alarm-system = { $system ->
    [uppzy] Uppzy
    [slack] Slack
    [tickets] El sistema de tickets
   *[other] { $name }
}
alarm-given-up = **{ alarm-system }** ha rechazado una petición ({ $code }): { $work }. { $fix }
alarm-credentials-rejected = **{ alarm-system }** ha rechazado la clave o el token ({ $code }): { $work }. { $fix }
alarm-work = { $work ->
    [ask] una pregunta no se ha respondido
    [submit] una pregunta no se ha respondido
    [collect] una respuesta no se ha recogido
    [send-verdict] una valoración no se ha transmitido
    [close-session] una sesión no se ha cerrado
    [create-ticket] un ticket no se ha creado
    [amend-ticket] un ticket no se ha completado
    [set-ticket-status] el estado de un ticket no se ha cambiado
    [copy-note] una nota no se ha copiado en un ticket
    [poll-ticket] un ticket no se ha leído
    [read-ticket] un ticket no se ha leído
    [write-contact-note] una nota de contacto no se ha escrito
    [upload-file] un archivo no se ha reenviado
    [share-file] un archivo no se ha reenviado
    [delete-file] la copia de un archivo no se ha borrado
    [retract-message] un mensaje no se ha retirado
    [refresh-card] una tarjeta no se ha actualizado
    [refresh-article] una tarjeta no se ha actualizado
    [refresh-gap-queue] una tarjeta no se ha actualizado
    [find-gaps] no se leyeron las lagunas
    [read-marked-message] un mensaje marcado no se ha leído
    [measure-article] un artículo no se ha evaluado
    [create-document] un artículo no se ha creado
    [change-document] un artículo no se ha cambiado
    [set-document-status] un artículo no se ha activado o retirado
    [open-form] un formulario no se ha abierto
    [show-home] una pestaña Inicio no se ha mostrado
    [show-search-report] una búsqueda no se ha mostrado
    [show-receipt] una reacción no se ha añadido
    [dismiss-prompt] una nota privada no se ha quitado
    [private-note] una nota privada no se ha mostrado
    [write-digest] no se leyeron las cifras del balance de la semana
    [upload-charts] no se dibujaron los gráficos del balance de la semana
    [share-charts] no se mostraron los gráficos del balance de la semana
    [for-employee] un mensaje no ha llegado a su destinatario
   *[for-agents] un mensaje no ha llegado al equipo
}
alarm-channel-unusable = No puedo publicar en el canal { $channel } ({ $code }): puede haber solicitudes esperando. Invitadme, o indicad otro canal en los ajustes o en la política, y ejecutad `uppzy-desk check`.
alarm-channel-shared = No puedo publicar en el canal { $channel } ({ $code }): puede haber solicitudes esperando. Dejad de compartirlo, o indicad otro canal en los ajustes o en la política, y ejecutad `uppzy-desk check`.
alarm-review-not-posted = No puedo publicar el balance de la semana en el canal { $channel } ({ $code }). Lo guardo y lo intento de nuevo cada hora. Invitadme, dejad de compartirlo o indicad otro canal en `REVIEW_CHANNEL` y ejecutad `uppzy-desk check`.
alarm-policy-refused = Las reglas de escalado modificadas contienen un error; siguen en vigor las anteriores. { $mistake } Admins: corregid el archivo; `uppzy-desk rules check` indica si es correcto.
alarm-policy-refused-and-more = Las reglas de escalado modificadas contienen errores; siguen en vigor las anteriores. { $mistake } Y { $more } más. Admins: corregid el archivo; `uppzy-desk rules check` los muestra todos.
alarm-questions-wait = El asistente lleva { $minutes } minutos sin responder (la pregunta más antigua). Admins: ejecutad `uppzy-desk check`; `effect_delayed` en el registro indica la causa.
alarm-overdue = Fuera de plazo y sin asignar: { $names }
alarm-overdue-and-more = Fuera de plazo y sin asignar: { $names } y { $more } más


## Tickets y notas de contacto

ticket-no-subject = Hablar con una persona
ticket-hidden-subject = Solicitud confidencial
ticket-no-question = (ninguna; se pidió una persona con un botón)
ticket-answer-awaited = (aún no está)
ticket-no-answer = (ninguna)
ticket-body =
    Pregunta:
    { $question }

    Respuesta del asistente:
    { $answer }

    Por qué hace falta una persona:
    { $reasons }
ticket-hidden-body =
    La pregunta está oculta. El equipo la lee en { $chat }, donde la consulta queda registrada.

    Por qué hace falta una persona:
    { $reasons }
ticket-files = Archivos en el hilo de { $chat }: { $files }
ticket-matter = Quien preguntó dice de qué se trata:
    { $matter }
ticket-late-answer = Respuesta del asistente (uppzy_request_id { $request }):
    { $answer }
ticket-file-removed = Quien preguntó ha quitado un archivo de { $chat }.
ticket-card-address = En { $chat }: { $address }
ticket-claimed = Asumido en { $chat }.
ticket-assigned = Asignado en { $chat }.
ticket-released = Liberado en { $chat }. Ahora está sin asignar.
ticket-waits-for-employee = A la espera de la respuesta de quien preguntó en { $chat }.
ticket-resumed = Reanudado en { $chat }.
ticket-timed-out = Cerrado en { $chat }: quien preguntó no respondió.
ticket-employee-replied = Quien preguntó ha respondido.
ticket-resolved = Terminado en { $chat }: { label-outcome-name }.
ticket-resolved-in-words = Terminado en { $chat }: { label-outcome-name }.

    { $text }
ticket-handed-back = Devuelto al asistente en { $chat }.
ticket-handed-back-unanswered = Devuelto al asistente en { $chat }. Aún no ha respondido.
ticket-assistant-answered = El asistente ha respondido en { $chat }.
ticket-assistant-did-not-answer = El asistente no ha dado respuesta en { $chat }.
ticket-question-stopped = La pregunta se retiró en { $chat }.
ticket-continued-as = Sigue como { $name }.
ticket-reopened = Reabierto en { $chat }.
ticket-withdrawn = Retirado en { $chat }: ya no hace falta una persona.
ticket-closed-by-employee = Cerrado en { $chat }: ya no hace falta ayuda.
ticket-written-again = Reabierto: mensaje nuevo en { $chat }.
ticket-came-back = Quien preguntó dice que no está resuelto.
ticket-came-back-scored = Quien preguntó valora la solución con { $score } de 5.
ticket-agents-note = { $author } anotó en { $chat }:
    { $text }
ticket-agents-changed-note = { $author } cambió una nota en { $chat }, que ahora dice:
    { $text }
contact-answered-by-assistant = respondido por el asistente, sin intervención humana
contact-withdrawn = retirado
contact-closed-by-employee = cerrado por quien preguntó
contact-handed-back = devuelto al asistente
contact-closed-without-reply = cerrado por falta de respuesta
contact-resolved = resuelto por personas
contact-resolved-as = terminado por personas: { label-outcome-name }
contact-with-people = con personas
contact-handoff-ended = { $name } { $ending }
contact-cut = … (cortado)
contact-verdicts-of = { $rating ->
    [good] { $count } útil ({ label-role })
   *[bad] { $count } no útil ({ label-role })
}
contact-conversation-completed = Una conversación en { $chat } ha terminado: { $outcome }.
contact-questions-answered = Preguntas respondidas: { $count }
contact-verdicts = Valoraciones: { $verdicts }
contact-no-verdicts = Valoraciones: ninguna
contact-exchange =
    Pregunta: { $question }

    Asistente: { $answer }


## Botones

label-ask-again = Preguntar de nuevo
label-talk-to-a-person = Hablar con una persona
label-ask-a-colleague = Preguntar a un compañero
label-open-another = Abrir otra
label-tell-us-why = Decir por qué
label-helpful = Útil
label-not-helpful = No útil
label-mark-as-helpful = Marcar esta respuesta como útil
label-mark-as-not-helpful = Marcar esta respuesta como no útil
label-solved = Sí, resuelto
label-not-solved = No, todavía no
# For screen readers; the button shows the number.
label-score-button = { $score ->
    [1] 1 de 5: nada resuelto
    [5] 5 de 5: resuelto del todo
   *[other] { $score } de 5
}
label-all-good = No, todo bien
label-claim = Asumir
label-join = Unirse
label-resolve = Resolver
label-hand-back = Devolver al asistente
label-reopen = Reabrir
label-assign = Asignar a…
label-release = Liberar
label-wait = Esperar respuesta
label-resume = Reanudar
label-withdraw = No necesito a una persona
label-claim-and-send = Asumir y enviar
label-send = Enviar
label-reopen-and-send = Reabrir y enviar
label-cancel = Cancelar
label-close = Cerrar
label-keep-inside = Dejar interno
label-reveal = Mostrar
label-show-all = Mostrar todo
label-explain = ¿Por qué?
label-show-ids = Mostrar ID
label-retry-ticket = Reintentar el ticket
label-send-draft = Enviar a la persona
label-edit-draft = Editar antes de enviar


## Tarjeta

label-asked-by = Preguntado por
label-priority = Prioridad
label-priority-name = { $priority ->
    [low] baja
    [normal] normal
    [high] alta
   *[urgent] urgente
}
label-ticket = Ticket
label-ticket-awaited = se está creando
label-no-ticket = Sin ticket para esta regla
label-state = Estado
label-state-name = { $state ->
    [open] abierto
    [claimed] asumido
    [pending] a la espera de respuesta
    [resolved] resuelto
    [withdrawn] retirado
    [timed-out] cerrado sin respuesta
    [closed] cerrado
   *[handed-back] devuelto
}
label-state-open = Sin asignar
label-state-open-again = Sin asignar – mensaje nuevo tras el cierre por { $agent }
label-state-claimed = asumido por { $agent }
label-state-pending = a la espera de respuesta, asumido por { $agent }
label-state-claimed-with = con { $agent }
label-state-ended-by = { label-state-name } por { $agent }
label-state-ended-with-ticket = { label-state-name } en el sistema de tickets
label-target = Plazo
label-overdue = ⏰ Fuera de plazo desde
label-question = Pregunta
label-reasons = Por qué hace falta una persona
label-colon = :
label-confidence = Confianza
label-sources = Fuentes
label-confidence-not-given = no indicada
label-confidence-level = { $level ->
    [low] baja
    [medium] media
    [high] alta
   *[other] { $level }
}
label-answer-seen = enviada
label-answer-unseen = borrador – no enviado
label-answer-awaited = aún no está
label-no-answer = ninguna
label-resolution-shown = Solución
label-resolved-before = Resuelto ya una vez
label-is-solved = { $solved ->
    [yes] confirmado como resuelto
    [no] indicado como no resuelto
   *[unknown] pendiente de confirmación
}
label-scored = valorado con { $score } de 5
label-score-awaited = valoración pendiente
label-last-revealed = Mostrado por última vez a { $agent }, { $moment }
label-role = { $role ->
    [agent] soporte
   *[employee] quien preguntó
}
label-verdict = { $rating ->
    [good] { $voter }: útil ({ label-role })
   *[bad] { $voter }: no útil ({ label-role })
}
label-message-deleted = { $author } ha borrado este mensaje
label-writes = { $author }
label-writes-changed = { $author } (editado)
label-from-support = { $author } de soporte
label-draft-edited-by = editado y enviado por { $agent }
label-draft-sent-by = enviado por { $agent }
label-the-handoff-channel = nuestro canal de soporte
label-someone = alguien


## Alarmas, duración

label-in-all = { $count } en total
label-alarm-since = Desde { $moment }
label-alarm-over = Terminado:
label-alarm-lasted = De { $begin } a { $end }


## Inicio

label-requests = Tus solicitudes
label-open-requests = Tus solicitudes abiertas
label-past-requests = Tus solicitudes anteriores
label-open-thread = abrir el hilo
label-no-request-words = sin pregunta
label-words-forgotten = tus palabras ya se han borrado
label-request-state = { $state ->
    [waiting] 🟠 Esperando a un compañero
    [with-support] 🔵 Un compañero se ocupa de ello
    [reply-needed] ⏸️ Esperando tu respuesta
    [answering] 💬 El asistente está en ello
    [answered] ✅ Respondido por el asistente
    [stopped] ⏹️ Detenido
    [unanswered] ⚠️ Sin respuesta
    [not-asked] ⚪ No se preguntó nada
    [resolved] ✅ Resuelto
    [closed-by-you] ⚪ Cerrado por ti
   *[closed] ⚪ Cerrado por soporte
}
label-agent-is-on-it = 🔵 { $agent } se ocupa de ello
label-support-team = soporte
label-queue = Cola
label-group = { $group ->
    [overdue] Fuera de plazo
    [unclaimed] Sin asignar
    [mine] Tuyas
   *[others] De otros
}
label-search = Buscar
label-clear-search = Borrar búsqueda
label-refresh = Actualizar
label-more-found = Hay más; acota la búsqueda para verlas
label-searched = Resultados de { $terms }
label-every-handoff = Todo
label-shown-part = { $part ->
    [mine] Mías
    [unclaimed] Sin asignar
   *[overdue] Fuera de plazo
}
label-every-rule = Todas las reglas
label-every-priority = Todas las prioridades
label-queue-left-out = y { $count } más; acota la lista para verlas
label-just-now = ahora mismo
label-ago = hace { $age }
label-queued-waiting = esperando desde hace { $age }
label-queued-with = con { $agent }, abierto { $ago }
label-age = { $unit ->
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount ->
        [one] { $amount } día
       *[other] { $amount } días
    }
}


## Formularios

label-reason-title = ¿Qué estaba mal?
label-reason = Cuéntanos qué estaba mal en la respuesta
label-reason-hint = Soporte lo lee. No escribas contraseñas aquí.
label-resolution-title = ¿Cómo se resolvió?
label-resolution = La solución con tus palabras
label-resolution-hint = Quien preguntó lo lee. Si la pregunta no está oculta, también va en la tarjeta y en el ticket, sin secretos.
label-outcome = Resultado
label-outcome-hint = Define el estado del ticket.
label-outcome-option = { $outcome ->
    [not-solvable] Sin solución
    [duplicate] Duplicado de otra solicitud
   *[solved] Resuelto
}
label-outcome-name = { $outcome ->
    [not-solvable] sin solución
    [duplicate] duplicado
   *[solved] resuelto
}
label-reference = Artículo de ayuda
label-reference-hint = Guarda la pregunta, si no está oculta, con tus palabras como borrador, sin secretos. No se publica nada.
label-make-reference = Guardar como borrador de artículo de ayuda
label-assignee-title = Asignar a
label-assignee = Agente
label-assignee-hint = Miembros de este canal.
label-draft-title = Editar el borrador
label-draft-words = La respuesta a la persona
label-draft-hint = Se envía con tu nombre.
label-search-title = Buscar solicitudes
label-search-words = Número o palabras
label-search-hint = Un número como HD-12 o palabras de la pregunta.
label-search-employee-hint = Deja un campo vacío o rellena los dos.
label-whole-card-title = Pregunta y respuesta
label-original-title = Mensaje original
label-original-note = Solo tú ves esto, y la consulta queda registrada. No lo copies en el hilo.


## Artículos: notas privadas, tarjetas y formularios

agents-mark-outside-handoff = Solo puedo preparar un artículo a partir de un mensaje en el hilo de una solicitud.
agents-article-changed-meanwhile = Alguien ha cambiado este artículo mientras tanto. Mira su tarjeta y vuelve a intentarlo.
agents-second-person-approves = Has escrito este artículo, así que tiene que aprobarlo otra persona.
agents-article-needs-words = Un artículo necesita un título, una pregunta y una respuesta.
agents-article-drafted = He preparado un artículo a partir de **{ $name }** en { $place }. Edítalo allí para que alguien pueda aprobarlo.
agents-article-approved-already = { $person } ya ha aprobado este artículo. Está en camino al asistente.
# $state is one of the words of label-article-state.
agents-article-not-possible = Este artículo está { label-article-state }, así que ya no es posible. Los botones de su tarjeta muestran lo que sí.
label-article-state = { $state ->
    [draft] en borrador
    [waiting] pendiente de aprobación
    [sending] en camino al asistente
    [ready] en uso
    [withdrawn] retirado
   *[refused] rechazado por el asistente
}
label-article-approve = Aprobar
label-article-edit = Editar
label-article-withdraw = Retirar
label-article-activate = Activar de nuevo
label-article-try-again = Reintentar
label-article-category = Categoría
label-article-no-category = ninguna
label-article-answer = Respuesta
label-article-no-words = todavía ninguna: pulsa Editar
label-article-written-by = Escrito por
label-article-approved-by = Aprobado por
label-article-source = De
label-article-outdated = El asistente todavía usa la versión anterior.
label-article-used-since = El asistente lo usa desde { $moment }.
label-article-delayed = El asistente no lo acepta ahora ({ $code }). Sigo intentándolo.
label-article-refused = { $reason ->
    [plan] La clave de API no puede gestionar documentos ({ $code }): permítelo en los ajustes del asistente y vuelve a intentarlo.
    [credentials] El asistente no acepta la clave de API ({ $code }). Administración: ejecuta `uppzy-desk check` y vuelve a intentarlo.
    [gone] El documento o su sitio ya no existe ({ $code }). Reintenta para crearlo de nuevo.
    [no-id] El asistente lo ha tomado, pero no ha dado ningún identificador del documento ({ $code }). Mira allí los documentos antes de reintentar.
    [unreadable] Puede que ya esté, pero no se puede leer la lista de documentos ({ $code }). Mira allí antes de reintentar.
   *[other] El asistente no lo ha aceptado ({ $code }). Reintenta, o cámbialo antes.
}
agents-article-figures = { $verdict ->
    [helped] Ha ayudado
    [no-change] No ha cambiado nada
    [got-worse] Ha empeorado
   *[too-few-to-say] Muy pocas preguntas para saber si ayuda
} ({ $days } días): con problemas { $troubled } de { $questions } preguntas, antes { $troubled_before } de { $questions_before }. Preguntado { $asked } veces por semana, antes { $asked_before }.
label-article-title = Artículo
label-article-whole-title = El artículo completo
label-article-name = Título
label-article-name-hint = El asistente puede mostrarlo como fuente.
label-article-question-hint = Tal como se preguntaría. Sin nombres ni secretos.
label-article-answer-hint = Markdown. Lo que el asistente puede decir a todo el mundo.
label-article-category-hint = Opcional, por ejemplo «VPN».
label-article-submit = Guardar
label-article-answer-part = Respuesta, parte { $number } de { $parts }


## Informe

label-report-not-known = desconocido
label-report-conversation-title = Conversación
label-report-conversation = { $title } { $id } de { $employee } · hilo { $place } · { $moment }
label-report-owner = Responsable: { $owner ->
    [bot] el asistente
   *[people] personas
} · sesión { $session } (número { $number })
label-report-question = • Pregunta { $id } · { $state } · mensaje { $place } · { $moment }
label-report-answer = Respuesta { $id } · petición { $request } · sesión { $session } · confianza { $confidence } · { $posted } · { $moment }
label-report-posted = mensaje { $message }
label-report-not-posted = no publicada
label-report-verdict = Valoración { $id } · { label-verdict } · { $moment }
label-report-decision = • Decisión { $id } · reglas: { $rules } · política { $policy } · { $moment }
label-report-handoff-title = Traspaso { $name }
label-report-handoff = • { $title } { $id } · { label-state-name } · prioridad { label-priority-name } · { $thread }
label-report-thread = su hilo
label-report-no-card = aún sin tarjeta
label-report-ticket = Ticket { $number } · id { $id } en { $system }
label-report-ticket-not-there = Ticket: aún no está
label-report-event = { $event ->
    [opened] abierto
    [claimed] asumido
    [resolved] resuelto
    [handed-back] devuelto
    [withdrawn] retirado
    [reopened] reabierto
    [joined] unido
    [assigned] asignado
    [released] liberado
    [pending] a la espera de respuesta
    [employee-reminded] recordatorio enviado
    [resumed] reanudado
    [replied] respuesta recibida
    [timed-out] cerrado sin respuesta
    [written-again] reabierto por un mensaje nuevo
    [relayed] mensaje enviado
    [unsent] mensaje enviado borrado
    [said-solved] confirmado como resuelto
    [said-not-solved] indicado como no resuelto
    [said-partly-solved] indicado como resuelto en parte
    [kept-as-reference] guardado como borrador de artículo
    [assistant-asked] asistente consultado
    [draft-sent] borrador enviado
    [moved] sacado de un canal compartido
    [card-replaced] tarjeta publicada de nuevo tras borrarse
    [revealed] pregunta mostrada
    [ticket-retried] ticket reintentado
    [reminded] recordado
    [overdue] fuera de plazo
    [on-call] guardia avisada
    [ticket-moved] cambiado en el sistema de tickets
   *[ticket-comment] comentario en el sistema de tickets
}
label-report-event-by = { $event ->
    [written-again] { $person }: reabierto por un mensaje nuevo
    [relayed] { $person }: mensaje enviado
    [unsent] { $person }: mensaje enviado borrado
    [said-solved] { $person }: resuelto
    [said-not-solved] { $person }: no resuelto
    [said-partly-solved] { $person }: resuelto en parte
    [kept-as-reference] { $person }: borrador de artículo de ayuda guardado
    [assistant-asked] { $person }: preguntó al asistente
    [draft-sent] { $person }: borrador enviado
    [ticket-comment] { $person }: comentario en el ticket
   *[other] { $person }: { label-report-event }
}
label-report-effects = • Efectos: { $states }
label-report-scheduled = • Tarea programada { $id } · { $kind } · { $progress } · { $moment }
label-report-waits = en espera
label-report-done = hecha { $moment }

## The weekly review, in its channel and on the command line

review-title = Balance del { $first } al { $last }
review-weekly-title = Balance de la semana: del { $first } al { $last }
review-count = { $count }
review-count-and-share = { $count } ({ $percent } %)
review-total = { $count } en total
review-rule = { $rule }: { $count }
review-other-rules = otras reglas: { $count }
review-employees-verdicts = empleados: { $good } útiles, { $bad } no útiles
review-agents-verdicts = soporte: { $good } útiles, { $bad } no útiles
review-level = { $level }: { $answers ->
    [one] { $answers } respuesta
   *[other] { $answers } respuestas
}, { $good } útiles, { $bad } no útiles, { $escalated } traspasadas
review-level-name = { $level ->
    [high] alta
    [medium] media
    [low] baja
    [absent] no indicada
   *[other] { $name }
}
review-times = la mitad en { $p50 }, nueve de cada diez en { $p90 } ({ $of ->
    [one] { $of } traspaso
   *[other] { $of } traspasos
})
review-within-target = asumidos dentro del plazo: { $count } de { $of }
review-no-times = ninguno
review-span = { $unit ->
    [second] { $amount } s
    [minute] { $amount } min
    [hour] { $amount } h
   *[day] { $amount } d
}
review-article = { $title }: { $figures }
review-label = { $figure ->
    [questions] Preguntas
    [answered] Respondidas sin una persona
    [handoffs] Traspasos
    [verdicts] Valoraciones
    [confidence] Confianza
    [first-word] Primer mensaje de una persona
    [claim] Asumidos
    [resolution] Resueltos
    [reopened] Reabiertos
    [articles] Artículos en uso: ¿han ayudado?
   *[came-back] Volvieron tras «sí, resuelto»
}
review-definition = { $figure ->
    [questions] Preguntas que los empleados hicieron en el periodo, sin saludos ni agradecimientos. Las de soporte al asistente no cuentan.
    [answered] Preguntas que el asistente respondió al empleado y para las que no se abrió ningún traspaso. La parte se refiere a todas las preguntas.
    [handoffs] Traspasos abiertos en el periodo, en total y por cada regla que los motivó. Uno con dos reglas cuenta en ambas.
    [verdicts] Valoraciones actuales de respuestas a preguntas del periodo: una valoración cambiada cuenta como es ahora.
    [confidence] Respuestas a empleados, borradores incluidos, según la confianza del asistente; las valoraciones de los empleados y cuántas de sus preguntas se traspasaron.
    [first-word] Desde que se abre un traspaso hasta el primer mensaje de una persona al empleado.
    [claim] Desde que se abre un traspaso hasta que alguien lo asume o se le asigna por primera vez. Los plazos son los de la política, en horas de trabajo.
    [resolution] Desde que se abre un traspaso hasta su última resolución por soporte. Los devueltos, retirados o cerrados sin respuesta no tienen.
    [reopened] Traspasos del periodo que se reabrieron tras una resolución.
    [articles] Preguntas sobre el tema de un artículo, 28 días antes de usarse y desde entonces. Con problemas: confianza baja o ninguna, valoradas como no útiles o traspasadas.
   *[came-back] Traspasos del periodo cuyo empleado dijo «sí, resuelto» y que se reabrieron después.
}
review-quantiles = Los tiempos son rangos más próximos: la mitad de los traspasos no tardó más que el primero, nueve de cada diez no más que el segundo.
review-changes = Cambios desde el periodo anterior
review-change = { $direction ->
    [up] ↑
   *[down] ↓
} { $figure ->
    [questions] Preguntas
    [answered-without-person] Respondidas sin una persona
    [handoffs] Traspasos
    [employee-bad] Valoraciones «no útil» de empleados
    [unsure] Respuestas con confianza baja o sin indicar
    [first-word] Primer mensaje de una persona, mitad de los traspasos
    [claim] Asumidos, mitad de los traspasos
    [resolution] Resueltos, mitad de los traspasos
   *[reopened] Traspasos reabiertos
}: { $before } → { $after }
review-no-changes = Nada que sea más que azar.
review-noise = Solo lo que el azar produciría menos de una vez de cada cien: las cantidades según la prueba binomial exacta, las partes según la prueba exacta de Fisher, los tiempos según la prueba de la mediana de Mood.
review-percent = { $percent } %

## The charts of the review

review-weeks-title = Preguntas y traspasos por semana
review-weeks-in-words = Preguntas y traspasos de cada semana:
review-week-in-words = desde { $begins }: { $questions } preguntas, { $handoffs } traspasos
review-levels-title = Confianza y valoraciones
review-levels-in-words = Respuestas según la confianza y valoraciones de los empleados:
review-level-in-words = { $level }: { $good } útiles, { $bad } no útiles, { $unrated } sin valorar
review-helpful = útil
review-not-helpful = no útil
review-not-rated = sin valorar


## The gaps of the review

review-gaps = Lagunas
review-no-gaps = Ninguna.
review-gaps-definition = Preguntas con confianza baja o sin indicar, mal valoradas, hechas de nuevo, traspasadas o respondidas sin palabras, agrupadas por sus palabras principales; el grupo mayor primero, cada uno con su parte de todas las preguntas y la mejor solución de soporte.
review-words-gone = las palabras se borraron tras el plazo de conservación
review-gap = { $number }. { $examples }: { $questions ->
    [one] { $questions } pregunta
   *[other] { $questions } preguntas
} ({ $percent } %); { $reasons }
review-gap-resolution = → { $resolution }
review-trouble = { $reason ->
    [low-confidence] confianza baja
    [absent-confidence] confianza no indicada
    [bad-verdict] no útil
    [repeated] hecha de nuevo
    [handed-over] traspasada
   *[answered-without-words] respondida sin palabras
} { $count }

## The queue of gaps

review-gap-title = Laguna { $position } de { $total }
review-gap-size = { $count ->
    [one] 1 pregunta, { $percent } % del total
   *[other] { $count } preguntas, { $percent } % del total
}
review-gap-examples = Ejemplos de preguntas
review-gap-resolutions = Cómo lo resolvió el equipo
label-gap-next = Laguna siguiente
label-gap-previous = Anterior
label-gap-write-article = Escribir artículo
label-gap-not-a-gap = No es una laguna
label-gap-snooze = Posponer una semana
label-gap-take-back = Deshacer
review-gap-dismissed = { $person } indica que no es una laguna.
review-gap-snoozed = { $person } ha pospuesto esta laguna hasta el { $moment }.
review-gap-has-article = Ya se ha empezado un artículo para esta laguna.
agents-gap-decided-already = { $state ->
    [dismissed] { $person } ya ha indicado que no es una laguna.
   *[snoozed] { $person } ya ha pospuesto esta laguna.
}
agents-gap-taken-back-already = Esta laguna ya vuelve a estar en la lista.

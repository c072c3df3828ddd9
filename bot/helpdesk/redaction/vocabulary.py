"""Words of 21 languages: names of secrets, words between a name and its value, and words that people use about secrets.

Names are regular expressions for text in lower case. A `~` matches an ending of up to five letters, `_` a space, a
hyphen, an underscore or nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Names of passwords. A longer word may end in one of them, as in "Zugangspasswort" or "dbPassword".
_PASSWORDS = {
    "en": "pass_?word pass_?wd pass_?code passkey pwd psw pswd psswd pwrd pword passwrd secret_word code_?word "
    "magic_word p_@_ssw[o0]rd p_@_\\$\\$w[o0]rd pa_\\$\\$_w[o0]rd wi_?fi_(?:pw|code) wlan_code psk (?:db|user|admin"
    "|root|smtp|mail|ftp"
    "|sql|key|store|ks|bind|auth|proxy|sudo|login"
    "|ssh)_?pass",
    "de": "passwort passwör~ kennwort~ kennwörter losungswort codewort geheimwort passwd",
    "fr": "mots?_d[eu]_pass?e code_(?:secret|(?:du_)?wi_?fi)",
    "es": "contrase[ñn]a~",
    "it": "parola_d'ordine parola_d_ordine",
    "pt": "palavra_passe senhas?",
    "nl": "wachtwoord~ toegangswoord",
    "pl": "has[łl](?:o|a|em|u)",
    "sv": "l[öo]senord~",
    "da": "adgangskode~ kodeord~",
    "no": "passord~",
    "fi": "salasana~ tunnussana~",
    "cs": "hesl(?:o|a|em|u)",
    "hu": "jelsz[óa]~",
    "tr": "[şs]ifre~ parola~",
    "el": "κωδικ(?:ός|ό|ού)_?(?:πρόσβασης)?",
    "ru": "парол[ьяюеём]~",
    "uk": "парол[ьяюеіє]~",
    "ar": "كلمة_?_?(?:ال)?(?:مرور|سر) الرقم_السري باسورد الباسورد",
    "he": "ה?סיסמ[האת]~",
}
# Names that are parts of other words, and are matched as whole words only.
_PASSWORDS_ALONE = {
    "en": "pw pass p_/w pws creds?",
    "de": "kw pwort pw",
    "fr": "mdp",
    "es": "clave pass contra",
    "pt": "pass",
    "nl": "ww",
}
_UNSPACED_PASSWORDS = {
    "zh": "密码 密碼 口令 暗号 通关密语",
    "ja": "パスワード 暗証番号 パスフレーズ パスコード ぱすわーど 合言葉",
    "ko": "비밀번호 비번 암호 패스워드",
    "th": "รหัสผ่าน",
}
_UNSPACED_SECRETS = {
    "zh": "密钥 密鑰 秘钥 令牌 验证码 驗證碼 授权码",
    "ja": "キー トークン 秘密鍵 認証コード 確認コード 鍵",
    "ko": "키 토큰 인증번호 확인코드",
}
_KEYS = (
    r"(?:api|app|auth|access|account|encryption|decryption|signing|master|service|subscription|storage|shared"
    r"|private|priv"
    r"|pre_?shared|deploy|wi_?fi|wpa[23]?|wep|wlan|network|ssh|gpg|pgp|licen[cs]e|product|activation|recovery|backup"
    r"|setup"
    r"|secret|client|session|webhook|integration|write|ingest(?:ion)?|admin|consumer|security|unlock|bitlocker"
    r"|filevault"
    r"|hmac|jwt|sas|totp|2fa|mfa|otp|authenticator|enrol?lment|registration|registry|agent|publish|push|sdk|live"
    r"|test|cd"
    r"|serial|host_?key|functions?|storage_account|cosmos|datadog|pagerduty|okta|algolia|mailgun|stripe|twilio|openai)"
)
_SECRETS = {
    "en": rf"{_KEYS}_key secret(?:_(?:access_)?key(?:_base)?)? credential token jwt community_string "
    r"private_key_id (?:activation|registration)_code (?:totp|2fa|mfa|otp)_(?:seed|setup) connection_string "
    r"saml_?(?:response|request) key_?material auth_?string (?:azure|devops|ado|github|gh|gitlab|bitbucket|jira)_pat",
    "de": r"(?:api|app|zugriffs|zugangs|geheim|geheimer|privater|privat|produkt|lizenz|netzwerk|wlan|wiederherstellungs"
    r"|sicherheits|aktivierungs|account|master|haupt|ssh)_schlüssel (?:lizenz|aktivierungs|wlan)_?(?:key|code)",
    "fr": r"cl(?:é|e|ef)s?_(?:(?:d'|de_)?(?:api|accès|acces|licence|produit|récupération|activation)|wi_?fi|wpa"
    r"|secrète|privée|"
    r"réseau|api) jeton",
    "es": r"clave_(?:de_)?(?:api|acceso|licencia|producto|secreta|privada|wi_?fi|red|recuperación|activación)"
    r" llave_api",
    "it": r"chiave_(?:di_)?(?:api|accesso|licenza|prodotto|segreta|privata|wi_?fi|rete|recupero|attivazione)",
    "pt": r"chave_(?:de_|da_)?(?:api|acesso|licença|produto|secreta|privada|wi_?fi|rede|recuperação|ativação)",
    "nl": r"(?:api|toegangs|licentie|product|geheime|herstel|netwerk|wifi|beveiligings)_?sleutel",
    "pl": r"klucz_(?:api|dostępu|licencyjny|produktu|prywatny|odzyskiwania|wi_?fi|sieci)",
    "sv": r"(?:api|licens|produkt|säkerhets|åtkomst|nätverks|wifi|återställnings)_?nyckel",
    "da": r"(?:api|licens|produkt|adgangs|netværks|wifi|gendannelses)_?nøgle",
    "no": r"(?:api|lisens|produkt|tilgangs|nettverks|wifi|gjenopprettings)_?nøkkel",
    "fi": r"(?:api|lisenssi|tuote|palautus|verkko|wifi|käyttö)_?avain",
    "cs": r"(?:api|licenční|produktový|obnovovací|přístupový)_?klíč klíč_(?:api|wifi)",
    "tr": r"(?:api|lisans|ürün|kurtarma|erişim)_?anahtarı?",
    "ru": r"(?:api|апи|секретный|лицензионный|приватный|закрытый)_ключ ключ_(?:api|доступа|продукта|восстановления)"
    r" токен~",
    "uk": r"(?:api|секретний|ліцензійний|приватний)_ключ ключ_(?:api|доступу) токен~",
    "ar": r"مفتاح_\S{2,10} رمز_(?:الوصول|التحقق)",
    "he": r"מפתח_\S{2,10} טוקן",
}
# Words so common that only a value that looks random is taken for a secret.
_VAGUE = (
    "key auth seed schlüssel clé chiave chave sleutel klucz nyckel nøgle nøkkel avain klíč anahtar ключ signature hash"
)
# Words before "key" that make it no secret.
NOT_SECRET = frozenset(
    "public publishable primary foreign registry host object partition sort cache s3 file issue project jira unique"
    " composite translation"
    " index row map dict config ssh-rsa öffentlicher publique pública pubblica".split()
)
# Names of numbers that open something. `pin` in lower case may also be a verb.
_PINS = (
    "p(?:in|uk)_?(?:codes?|number|nummer|numarası|koodi?|kode?)? geheimzahl geheimnummer пин_?(?:код)? пін_?(?:код)?"
)
_CODES = {
    "en": r"(?:security|verification|one_time|[2m]fa|authenticat(?:or|ion)|log_?in|sign_?in|sms|access|door|gate"
    r"|alarm|safe"
    r"|backup|recovery|unlock|confirmation|entry|lock|activation|pairing|meeting|secret|personal|voicemail|room|card"
    r"|locker"
    r"|host|device|user|authori[sz]ation|invitation|invite|redeem|voucher|gift_card|combination)_(?:codes?"
    r"|pass_?(?:word|code)"
    r"|pin|number) "
    r"combination otp totp cvv2? cvc2? cv2 cvn csc tan cid",
    "de": r"(?:entsperr|garagen|kopplungs|bestätigungs|sicherheits|zugangs|zugriffs|einmal|tür|schlie(?:ß|ss)"
    r"|freischalt|anmelde"
    r"|wiederherstellungs"
    r"|aktivierungs|kartenprüf|prüf|safe|schloss|spind|sms|verifizierungs|tor)_?(?:codes?|pin|tan|ziffer|nummer"
    r"|passwort"
    r"|kennwort|kombination) (?:zahlen)kombination kombination",
    "fr": r"code_(?:de_(?:vérification|verification|sécurité|confirmation|validation|la_porte|déverrouillage|l'alarme)"
    r"|d'(?:accès|acces|entrée|activation)|porte|confidentiel) cryptogramme",
    "es": r"c[óo]digo_(?:de_)?(?:verificaci[óo]n|seguridad|acceso|confirmaci[óo]n|activaci[óo]n|la_puerta|la_alarma"
    r"|un_solo_uso)",
    "it": r"codice_(?:di_)?(?:verifica|sicurezza|accesso|conferma|attivazione|sblocco|segreto)",
    "pt": r"c[óo]digo_(?:de_|da_)?(?:verifica[çc][ãa]o|segurança|acesso|confirmação|ativação|porta)",
    "nl": r"(?:verificatie|beveiligings|toegangs|bevestigings|deur|pin|activerings|alarm)_?code",
    "pl": r"kod_(?:weryfikacyjny|dostępu|sms|bezpieczeństwa|do_drzwi|aktywacyjny|potwierdzający|do_alarmu)",
    "sv": r"(?:verifierings|säkerhets|dörr|engångs|port|aktiverings)_?kod",
    "da": r"(?:bekræftelses|sikkerheds|engangs|dør|sikkerhets|alarm|verifiserings)_?kode",
    "fi": r"(?:vahvistus|turva|ovi|kertakäyttö)_?koodi",
    "cs": r"(?:ověřovací|bezpečnostní|přístupový)_kód kód_(?:ke_dveřím|z_sms)",
    "tr": r"(?:doğrulama|güvenlik|onay|kapı)_kodu",
    "ru": r"код_(?:подтверждения|доступа|из_смс|безопасности|підтвердження|доступу|від_дверей|от_двери)",
    "ar": r"رمز_(?:التحقق|الدخول|الأمان)",
    "he": r"קוד_(?:אימות|גישה|כניסה|הדלת)",
}
# Names of codes in general: so many things are codes that the context must say whose it is.
_BARE_CODES = "code codes código codice kod kode koodi kód kodu код"
_PHRASES = (
    "(?:seed|recovery|mnemonic|wallet|backup|secret_recovery|12|24)_?(?:phrase|words?|wörter) wallet_seed seed_list"
    " mnemonic pass_phrase"
    " wiederherstellungsphrase"
    " phrase_de_récupération frase_(?:semilla|seed|de_recuperación|di_recupero) сид_фраза"
)
_ANSWERS = (
    "(?:security|secret|recovery)_answer answer_(?:to|for)_(?:my|the|your|our)_(?:security|secret|recovery)_question"
    " mother'?s_maiden_name mädchenname(?:_meiner_mutter)? sicherheitsantwort antwort_auf_(?:die"
    "|meine)_sicherheitsfrage"
    " réponse_(?:secrète|de_sécurité) nom_de_jeune_fille_de_ma_mère respuesta_(?:secreta|de_seguridad)"
    " apellido_de_soltera_de_mi_madre risposta_(?:segreta|di_sicurezza) resposta_(?:secreta|de_segurança)"
    " (?:security_question|sicherheitsfrage|question_(?:secrète|de_sécurité)|pregunta_(?:secreta"
    "|de_seguridad))[^?\\n]{0,60}\\??\\s{0,3}(?:answer|antwort|réponse|respuesta) geheim_antwoord"
    " beveiligingsantwoord first_(?:pet|school|car) erste[rs]?_haustier"
)

# Words between a name and its value: "is" in every language, and words that introduce nothing but a value.
_SAYS_OTHER = (
    "ist war bisher c'est sind wäre est était es era fue è e' é foi is luidt was jest brzmi är var er kuuluu oli"
    " olarak — это"
    " такой был"
    " це був هي هو كان היא הוא זה είναι este sont son sono são zijn są jsou"
)
_SAYS_STRONG = "lautet lautete heißt heisst luidt brzmi zní kuuluu lyder"
# "to" and "on" are English words, too; they mean "is" only after a name of their own language.
BOUND_SAYS = {"has": "to", "salasan": "on", "tunnussan": "on", "hesl": "je|bylo", "jelsz": "az"}
_PREPOSITIONS = (
    "for to of on from at in that which i we you they he she für fuer zu zum zur vom von im beim am an auf de du des"
    " d' pour"
    " sur au del della dello di per su para da do na no em van voor op bij do na w od till för på hos til av fra pro"
    " k ke"
    " için от для к на в от від до ל של ב على في لـ الخاصة الخاص שלי שלנו bei"
)
# "mine", "new" and "current" after the name.
_OURS = (
    "nueva nuevo actual nouveau actuel provisoire nuova nova temporal temporária mea mitt"
    " mit min vårt vores mine mía mio בי بي الخاصة שלי שלך benim"
)
MY = (
    r"(?:my|our|the|a|his|her|their|your|mein\w{0,2}|unser\w{0,2}|das|die|dein|ihr|mon|ma|notre|le|la|mi|el|nuestra"
    r"|mia|il"
    r"|minha|a|nossa|mijn|ons|het|de|moje|mój|nasze|mitt|min|vårt|vores|mit|vår|moje|můj|benim|мой|моя|наш|мій|наш)"
)
_SETS = (
    r"sets?|setting|chang\w{1,3}|reset|updat\w{1,3}|new|setz\w{1,3}|änder\w{1,3}|geändert|gesetzt|zurückgesetzt"
    r"|neu\w{0,2}"
    r"|chang\w{1,4}|mis|modifi\w{1,5}|cambi\w{1,5}|mud\w{1,4}|alter\w{1,4}|gewijzigd|veranderd|zmieni\w{1,5}"
    r"|ändra\w{1,3}"
    r"|bytt?\w{1,3}|غيرت|שיניתי|ændre\w{1,3}|endre\w{1,3}|změn\w{1,4}|смен\w{1,4}|поменя\w{1,3}|змін\w{1,4}"
    r"|değiştir\w{1,4}"
)


def _written(names: Iterable[str]) -> list[str]:
    return sorted({name for row in names for name in row.split()}, key=len, reverse=True)


def _pattern(name: str) -> str:
    return name.replace("_?", "_").replace("_", r"[ _\t-]?").replace("~", r"[^\W\d_]{0,5}")


def _any(names: Iterable[str]) -> str:
    return "|".join(map(_pattern, _written(names)))


def _alone(names: Iterable[str]) -> str:
    return rf"(?<![^\W_])(?:{_any(names)})(?![^\W_])"


_FURTHER_WORDS = re.compile(r"_\??[^|()]+(?=[|)])")


def _first_word(name: str) -> str:
    """Returns the first word of a name. Of alternatives with several words, such as "one_time", it keeps the first."""
    return _FURTHER_WORDS.sub("", _up_to_separator(name))


def _up_to_separator(name: str) -> str:
    depth = 0
    for position, character in enumerate(name.replace("_?", "_")):
        depth += (character == "(") - (character == ")")
        if character == "_" and not depth and position:
            return name.replace("_?", "_")[:position]
    return name


PINS = _alone([_PINS])
CODES = _alone(_CODES.values())
BARE_CODES = _alone([_BARE_CODES])
PASSWORDS = rf"(?:{_any(_PASSWORDS.values())}|{_alone(_PASSWORDS_ALONE.values())})"
SECRETS = rf"(?:{_any(_SECRETS.values())})"
VAGUE = _alone([_VAGUE])
PHRASES = rf"(?:{_any([_PHRASES])})"
ANSWERS = rf"(?:{_any([_ANSWERS])})"


def _first_words(names: Iterable[str]) -> str:
    return "|".join(sorted({_pattern(_first_word(name)) for name in _written(names)}))


# First words of names: of those that may begin anywhere in a word, and of those that begin with one.
BEGIN_INSIDE = _first_words([*_PASSWORDS.values(), *_SECRETS.values(), _PHRASES, _ANSWERS])
BEGIN_ALONE = _first_words([*_PASSWORDS_ALONE.values(), *_CODES.values(), _VAGUE, _PINS, _BARE_CODES])
UNSPACED_PASSWORDS = rf"(?:{_any(_UNSPACED_PASSWORDS.values())})"
UNSPACED_SECRETS = rf"(?:{_any(_UNSPACED_SECRETS.values())})"
SAYS_OTHER = "|".join(map(re.escape, _SAYS_OTHER.split()))
SAYS_STRONG = "|".join(_SAYS_STRONG.split())
PREPOSITIONS = "|".join(map(re.escape, dict.fromkeys(_PREPOSITIONS.split())))
OURS = "|".join(_OURS.split())
SETS = _SETS

# Default passwords, which look like words.
DEFAULT_PASSWORDS = frozenset(
    "changeit changeme letmein qwerty qwertz azerty iloveyou administrator123 sesame sesam hunter".split()
)

# Words whose misspellings are recognised, and words that resemble them but are none.
MISSPELLABLE = (
    *(
        "password",
        "passwords",
        "passwort",
        "passphrase",
        "passcode",
        "kennwort",
        "contraseña",
        "wachtwoord",
        "lösenord",
    ),
    *("salasana", "adgangskode", "credentials", "motdepasse", "palavra-passe", "пароль"),
)
NOT_MISSPELLED = frozenset(
    "passport passports crossword crosswords keyword keywords buzzword foreword forward sword swords passage"
    " passages passed"
    " passer passenger passengers compassword word words past paste pasted pastor passive passion passat boarding"
    " kennwert kennwerte kennworte antwort antworten passt passte password's credential credentials passwortes passable"
    " passwords' assword backward backwards safeword codeword codewords passort".split()
)

PLACEHOLDERS = frozenset(
    """
    blank bool boolean bytes empty false hidden int integer masked n/a na nil no none null number optional passphrase
    password passwort removed redacted required secret str string tbd text todo token true undefined unset value yes xxx
    kennwort contraseña wachtwoord hasło lösenord geheim ja nein oui non si sí não nie nej user username mypassword
    yourpassword your_password your-password your-token your_token your-api-key your_api_key your_secret changeme-please
    passwd pwd pass example placeholder geheim123-platzhalter dein-passwort ihr-passwort motdepasse
    """.split()
)

_COMMON_WORDS = {
    "en": """
a about above after again ago all almost already also always am an and another any anymore anyone anything anyway
are as ask at away back be because been before being below between both but by can can't cannot come could couldn't
did didn't do does doesn't don't done down during each either else even ever every everyone everything except few
for from get gets give given go goes gone got had has have haven't having he hello help her here hers hi him his how
i i'd i'm i've if in instead into is isn't it it's its just know last later least less let like likely link lots
made make makes many maybe me mean might mine more most much must my myself need needs neither never new next nobody
nor not nothing now nowhere of off often ok okay old on once one only onto or other our ours out over own per
perhaps please probably quite rather really reset right same see seem seems set several she should shouldn't since
so some somebody someone something sometimes somewhere soon sorry still such sure than thank thanks that that's the
their theirs them then there there's these they they're this those though through till to today together tomorrow
tonight too twice two under unless until up upon us use used user username very via want was wasn't way we we're
well went were what what's when where whether which while who whoever whom whose why will with within without won't
worse worst would wouldn't write yesterday yet you you're your yours three four five six seven eight nine ten first
second monday tuesday wednesday thursday friday saturday sunday january february march april june july august
september october november december able access account active admin age app authentication auto automatic bad basic
bearer best better bigger bit blank box broken button case change changer character characters chosen client code
common complete complex compromise confidential correct created credential dead default different difficult digits
due easy email error errors exactly expiration expire expires expiry facing fails failure field fine forget forgets
forgot forgotten form free full generator good hard hash held hidden hint history identical ill important impossible
inactive incorrect insecure internal invalid kept key known lame late leaked length limited listed local lock login
logon long longer lost main manager matching minimum missing mistyped near necessary normal obsolete obvious
outdated page part personal plain policies policy poor possible preset prompt proper protection public question
quick random ready reminder request requirement requirements resets rotate rotation rule rules safe scope screen
secure security seen sent service settings shaken shared short shown similar simple single size slow somehow special
specific stale standard static stolen store strange strength strong stuck stupid swapped sync synced taken temporary
terrible ticket tied tiny tough trouble true type typical ugly unclear unique unknown unlock unsafe unset update
urgent useless valid vault visible vulnerable weak weird written wrong zero nice frozen works work working stops
stopped asks rejected accepted handled stored managed lives unavailable mandatory empty compulsory letters numbers
symbols minutes hours days weeks months years times attempts server laptop computer phone website portal system
windows outlook teams vpn sap office browser bug issue problem kindly urgently quickly manually behind inside card
letter envelope desk drawer colleague boss intranet wiki manual
""",
    "de": """
abgelaufen alt alte alles als also am an auch auf aus bei bekannt bereits besser bin bis bitte bleibt da dann das
dass dein dem den denn der deren des deswegen die dies diese diesem dieser doch dort drei du durch ein eine einem
einen einer eines einfach er es etwas euch falsch fehlerhaft für ganz geht geheim gelöscht genau genug gesetzt
gesperrt gestern gesucht gleich gültig gut habe haben hat hatte heute hier hilfe ich ihm ihn ihnen ihr im immer in
ins ist ja jede jeder jetzt kann kaputt kein keine klar komplett korrekt kurz lang lange laut leer leider läuft man
mehr mein meine mich mir mist mit morgen muss müll nach nein neu neue nicht nichts nie noch nun nur nötig ob oben
oder offen ohne per pflicht richtig schlecht schon schrott schwach schwer sehr sein seine seit selbst sich sicher
sie sind so sofort sondern soll stimmt ständig tot trotz trotzdem um unbekannt und ungültig unklar unser unsicher
unten unter veraltet vergessen verloren viel vom von vor wann war warum was weder weg wegen weil weiter welche
welches wem wen wenn wer werden wie wieder will wir wird wirklich wo wurde wäre zu zum zur zurück zurückgesetzt
zurücksetzen zuvor zwei ändern geändert uns über übers pflichtfeld sache thema problem frage teil wichtig steht
stehen liegt kommt siehe findet frag fragen geben eingeben geschickt bekommen bisher
""",
    "fr": """
à ai alors après au aucun aucune aussi autre aux avant avec beaucoup bien bientôt bon bonne ça car ce celui cette
ces chez ci comme comment correct court dans de déjà depuis des désormais deux différent dois donc du elle elles en
encore ensuite entre erroné est et être eux expiré facile faible faux hélas hier ici identique il ils incorrect
inconnu invalide jamais je juste la là le les leur lors lui ma mais mal mauvais me même merci mes moi moins mon ne
necessaire nécessaire ni non nos notre nous nul obligatoire on or ou où oublié par parce pas perdu peu plus pour
pourquoi près périmé quand que quel quelle qui quoi refusé réinitialisé requis rien sa sans se ses si simple son
sont sous sur ta tel tes toi ton toujours tout toute tous très trop tu un une valable valide vers vide voici voilà
vos votre vous y été bloqué changé compromis trouvable introuvable long longue ancien ancienne nouveau nouvelle
actuel svp voir demander oubliée perdue
""",
    "es": """
a actual ahora al algo alguien algún antes antigua antiguo aquí así aún aunque ayer bien bloqueada buena cada
caducada casi como con correcta corta cual cuál cuando cuándo cuenta de débil del demasiado desde después difícil
dónde donde dos él el ella en entonces era errónea es esa ese eso esta está están este esto fácil falsa gracias ha
hace hacia hasta hay hoy igual importante incorrecta inválida la larga las le les lo los mal mañana más me mi mía
mientras misma mismo muy nada ni ningún no nos nueva nuevo nuestra o obligatoria olvidada otra otro para pero poco
por porque perdida privada que qué quien quién secreta segura ser si sí siempre sin sobre solo sólo son su sus
también tan temporal ti tiene toda todo tu tus un una única unos usted válida vencida ya yo desconocida diferente
necesaria requerida vacía expirada caduca olvidé perdí pregunta preguntar ver véase cómo
""",
    "it": """
a ad adesso ai al alla allora ancora anche bene bloccata buona che chi ci ciò come con corretta corta cosa così cui
da dal dalla debole dei del della deve di diversa dopo dove due e è ed era errata essere facile falsa fra già gli
grazie ha ho i ieri il importante in invalida io la le lei li lo loro lui lunga ma mai male me meno mi mia mio molto
ne nel nella nessuno niente no noi non nostra nuova o oggi ogni ok ora per perché però persa più poi prima può qual
quale quando quella questa questo qui quindi sbagliata scaduta se sempre senza si sì sicura solo sono sopra sotto
stata stessa su sua subito suo tra tua tutto un una uguale unica valida vecchia vi vuota sconosciuta dimenticata
obbligatoria necessaria dimenticato vedi vedere chiedere chiedi
""",
    "pt": """
a agora ainda algo alguém antes antiga ao aos aqui as assim até bem boa bloqueada cada certa com como correta curta
da das de depois desde diferente do dois dos e é ela ele em então entre era errada essa esse esta está este eu
expirada expirou fácil foi forte fraca há hoje igual importante incorreta inválida já lá lhe longa mais mal mas me
melhor mesma mesmo meu minha muito na nada não nas nem no nos nossa nova o obrigado obrigatória onde ontem os ou
outra outro para pela pelo perdida perto por porque pouco pra qual quando que quem se segura sem sempre senha ser
seu si sim só sobre sua também tão tem temporária teu toda todo tudo um uma única válida vazia velha você esquecida
desconhecida esqueci perdi perguntar ver veja
""",
    "nl": """
aan al alle alleen als altijd andere best bij binnen correct dan dat de deze die dit doch door dus een eens en er
ergens fout geblokkeerd geen geldig gewijzigd gisteren goed graag haar hebben heb heeft heel hem het hier hij hoe
hun ik in is ja je juist kan kapot komt kort kunnen kwijt lang leeg maar makkelijk me meer met mij mijn moet morgen
naar na neen nee niet niets nieuw nieuwe nodig nog nooit nu of om omdat onbekend ongeldig onjuist ons onze ook op
oud oude over sinds slecht sterk straks te tegen toch toen tot twee u uit uw van vandaag vanaf veel veilig vergeten
verkeerd verlopen verloren verplicht via voor vreemd waar waarom wanneer want was wat weg wel welk welke wie wij wil
worden wordt zal ze zeer zelf zelfde zich zij zijn zo zonder zwak hetzelfde belangrijk zie
""",
    "pl": """
a aby albo ale ani bardzo bez błędne będzie bo by był była było być chce ci co coś czy dla do dobre dlaczego dwa
działa gdy gdzie go i ich ile im inne ja jak jaka jakie jako je jego jej jest jeszcze jeśli już każdy kiedy krótkie
która które kto ma mam mi mnie mną moje może muszę my na nad nam nas nasze nie niego niepoprawne nieprawidłowe
nieważne nieznane nic nowe o od ona one oni ono oraz po pod poprawne potrzebne prawidłowe proszę przed przez przy są
się silne słabe stare sama samo ta tak takie tam te tego tej ten też to tu tylko tym u w ważne was wasze we wygasło
wygasa z za zablokowane zapomniane zawsze ze zgubione złe zmienione że długie trudne łatwe zobacz
""",
    "sv": """
aldrig all alla allt alltid andra att av bara blev blir bra byta dag den denna det detta dig din ditt du där efter
ej eller en enkelt ett fel felaktigt fler från får fungerar för förlorat förut ganska glömt gammalt gick giltigt går
gör ha hade han har helt hemligt hennes hon honom hos hur här i idag igen imorgon in ingen inget ingenting inte ja
jag kan kanske kort kom kunde lite långt lätt man med mellan men mer mig min mina mitt mycket må måste ni nog nu ny
nya nytt nästa när något nån och också ofta ogiltigt okänt om oss på redan rätt sa samma sedan sen sig sin ska
skulle som spärrat stark svagt så säkert till trots under upp ut utan utgånget vad var varför vara varit varje vart
vem vet vi vid vill viktigt är än ännu låst bytt se
""",
    "da": """
af aldrig alle allerede alt altid anden at blev bliver bare da de dem den denne der deres det dette dig din dit dog
du efter eller en end er et fejl for forkert fra få før gammel gik glemt gyldigt gør ham han har have hende her hos
hun hvad hvem hver hvis hvor hvordan hvorfor hvornår i igen ikke ind ingen intet ja jeg jer jo kan kort kun kunne
lang lige låst man mange med meget mellem men mere mig min mine mit må nej ned nemt noget nogen nok nu ny nye nyt
når og også om op os over på rigtig rigtigt samme selv sig sikkert skal skulle som spærret stadig stærk svag så til
tilbage ud udløbet uden ugyldig ukendt under var ved vi vigtigt vil være være
""",
    "no": """
alltid at av bare ble blir da de dem den denne der det dette deg din du eller en er et feil for fra før gammelt
glemt gyldig han har hun hva hvem hver hvis hvor hvordan hvorfor i igjen ikke ingen ja jeg kan kort kun langt låst
man med meg mer min mitt mye må nei noe noen nok nytt nå når og også om opp oss over på riktig samme seg sikkert
skal som sperret sterkt svakt så til tilbake ugyldig ukjent under ut uten utløpt var ved vi vil viktig være
""",
    "fi": """
aina ei eikä ehkä en enää entä että hetki hyvä ihan itse ja jo joka jos jälleen kai kanssa kerran kiitos koska kuin
kuka kun kuten lukittu lyhyt me mikä milloin miksi minä minulla minun missä mitä mutta myös ne niin nyt oikein ole
oli olla on ovat pitkä pitää sama se sen siis sinä sitten taas tai te tuo tämä uusi vaan vaikea vain vahva vanha
vanhentunut vielä voi väärin väärä unohtunut hukassa heikko helppo tärkeä virheellinen tuntematon katso
""",
    "cs": """
a aby ale ani asi až bez bude budu by byl byla bylo být ci co což další dnes do dobré ho i jak jaké jako je jeho jej
její jen jenom ještě jiné již jsem jsme jsou k kde kdo kdy která které krátké ma má málo mě mi mně moc moje mu musí
my na nad nám náš ne nebo není neplatné nesprávné neznámé nic nové než o od on ona pak platné po pod pořád potom pro
proč prosím proto první před při s se si silné slabé snad správné stále staré stejné ta tady tak také takže tam te
teď ten tento to toho tohle tu ty už v ve vám vás vaše vědět velmi vlastně však vy vypršelo z za zablokované
zapomenuté zase ze že změněné špatné ztracené dlouhé funguje viz
""",
    "tr": """
acaba ama ancak artık aynı az bana başka ben benim beri bile bir biraz biri biz bu bugün böyle çok çünkü da daha
dahi de değil değişti diye doldu dün eğer en eski geçersiz geçerli gibi güçlü ha hâlâ hala hangi hem hep hepsi her
hiç için ile ise işe kadar karmaşık kayıp kendi kez ki kilitli kilitlendi kim kısa mi mı mu mü nasıl ne neden nedir
nerede niye o olan olarak oldu olmuyor olur onu sadece sanki sen siz sonra süresi şey şimdi şu tekrar tüm unuttum
uzun var ve veya ya yanlış yani yeni yok zayıf zaten zor bitti çalışmıyor doğru nasıl
""",
    "ru": """
а без блокирован бы был была было быть в вам вас ваш ведь верный во вот все всегда всего всё вы где да даже для до
его ее ей ему если есть еще ещё же за забыт забыла забыл заблокирован здесь и из или им истек истёк их к как какой
когда кто ли либо меня мне может мой мы на над надо наш не него нее ней неверен неверный недействителен нет ни них
но нужен новый ну о об один он она они оно от очень перед по под подходит после потом потому почему при просто
работает с сам свой себя сейчас сегодня сложный слабый со старый снова так также там те тебя тем теперь то тоже
только тот ты у уже устарел утерян хотя чего чем через что чтобы эта эти это этот я короткий длинный простой
правильный неправильный неизвестен действителен смотри см
""",
    "uk": """
а але без бо був була було бути в вам вас ваш вже він вона вони все всі да де для до дуже є ж з за забув забула
забутий заблоковано і із інший його її їх й к коли кого котрий ми мій може мене на над нам нас наш не невірний
недійсний немає ні новий о об один от по під після правильний при просто працює про сам свій себе слабкий старий так
також там те теж тепер ти тільки той тому треба у цей це ці чи чого чому що щоб ще як який яка якщо я закінчився
неправильний
""",
    "ar": """
في من على إلى لا ما لم لن هل كيف أين متى لماذا التي الذي هذا هذه ذلك غير صحيحة صحيح خاطئة خاطئ منتهية جديدة قديمة
ليس ليست مطلوبة ضعيفة قوية قصيرة طويلة مقفلة منسية نفس عند مع أو ثم لكن قد كل
""",
    "he": """
לא כן של על אל את עם אם או אבל כי גם רק עוד כבר איך איפה מתי למה מה מי זה זאת הוא היא אני שלי שלך נכונה שגויה פגה
חדשה ישנה חסרה חלשה חזקה קצרה ארוכה נעולה אבדה שוב מאוד יותר שכחתי תקפה פג
""",
}


def unaccented(word: str) -> str:
    """Returns the word without accents, which people often leave out."""
    if word.isascii():
        return word
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


COMMON_WORDS = frozenset(unaccented(word) for words in _COMMON_WORDS.values() for word in words.split())
# Endings of words that people use about passwords: of English words, and of long words in other languages.
ENDINGS_EN = ("ed", "ing", "able", "ible", "ly", "n't")
_ENDINGS = (
    *("iert", "bar", "lich", "isch", "ungültig"),
    *("able", "ible", "ée", "és", "ées"),
    *("ado", "ada", "ido", "ida", "ados", "adas"),
    *("ato", "ata", "uto", "uta", "ito", "ita", "abile", "ibile"),
    *(
        "ável",
        "ível",
        "aar",
        "baar",
        "lijk",
        "igt",
        "ades",
        "ané",
        "ené",
        "ovano",
        "owane",
        "ione",
        "owany",
        "neen",
        "nut",
    ),
    *("ован", "ано", "ено", "ится", "ается", "ємо", "ється", "miş", "mış", "muş", "müş", "ıyor", "iyor", "ndi", "ldi"),
)
ENDINGS = tuple(map(unaccented, _ENDINGS))

DIGITS = {
    digit: str(number % 10)
    for words in (
        "zero one two three four five six seven eight nine",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "zéro un deux trois quatre cinq six sept huit neuf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "zero uno due tre quattro cinque sei sette otto nove",
        "zero um dois três quatro cinco seis sete oito nove",
        "nul een twee drie vier vijf zes zeven acht negen",
    )
    for number, digit in enumerate(words.split())
}
DIGIT_WORDS = "|".join(sorted({*DIGITS, "oh", "zwo", "double"}, key=len, reverse=True))

"""What people and programs call passwords and other secrets. For use in patterns that ignore case."""

from __future__ import annotations

PASSWORDS = (
    r"(?:pass ?(?:word|wort|wd|phrase|code)|passe?kode|pwd|psw|kennwort|losungswort|mot de passe|contrase[ñn]a|senha"
    r"|wachtwoord|[şs]ifre(?:m|miz|niz)?|parolam?|has[łl]o|l[öo]senord|salasana|adgangskode|пароль|密码|密碼|パスワード"
    r"|비밀번호|(?<![^\W_])(?:pw|pass)(?![^\W_]))"
)
SECRETS = (
    r"(?:secret(?:[ _-]?(?:access[ _-]?)?key(?:[ _-]?base)?)?|credential"
    r"|(?:api|app|auth|access|account|encryption|signing|master|service|subscription|storage|shared|private|deploy"
    r"|wi-?fi|wpa2?|wlan|network|ssh|license)[ _-]?key|token|jwt)"
)
PHRASES = r"(?:pass ?phrase|(?:seed|recovery|mnemonic)[ -]?(?:phrase|words?)|mnemonic)"

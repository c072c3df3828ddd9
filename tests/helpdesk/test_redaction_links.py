"""Links in which a secret is named, and links that hold one or are one."""

from __future__ import annotations

import pytest

from bot.helpdesk.redaction import redact
from tests.growth import grows_with_the_length_only

HARMLESS = r"""
https://password.example.com
https://password.example.com:8443/reset?lang=en&tenant=acme2
https://secrets.example.com/en/password/2026/11/new
https://pw.example.com/a/1234b
http://password/reset2
http://passwords:8080/x
http://10.0.0.5/password/reset1
password.example.com/reset2
www.example.com/passwort/neu2
10.0.0.5/password/reset1
reset your password at https://password.example.com
reset your password at https://id.example.com/reset2 today
I changed my password on https://password.example.com and it fails
the password for https://vpn2.example.com/login is not accepted
please set password https://id.example.com/a1
reset my password in sap2.example.com
password portal: https://password.example.com
password: https://password.example.com
password: https://wiki.example.com/reset-password
my password: https://wiki.example.com/kb/KB0012345
mot de passe oublié : https://id.exemple.fr/oubli2
API key: https://console.example.com/api-keys
portal2 is password.example.com
login id.example.com/reset2
password.example.com is unreachable
https://wiki.example.com/reset-password is unreachable
https://wiki.example.com/reset-password: geht nicht
https://wiki.example.com/display/IT/Password:+how+to+reset
https://wiki.example.com/wiki/Password_policy#Password_length
https://wiki.example.com/#/password/reset1
https://example.com/docs/password/policy-2026.pdf
https://example.com/password%20reset%202
https://example.com/login?forgot_password=1
https://example.com/login?password=reset&step=2
https://example.com/login?next=https://password.example.com/reset2
https://sso.example.com/password/expired?user=mia.meier17
https://vault.example.com/ui/vault/secrets/kv/show/team/app1
https://github.com/1password/1password-cli/issues/123
https://github.com/acme/password-service/commit/9fceb02d0ae598e95dc970b74767f19372d61af8
https://example.slack.com/archives/C0PASSWORD/p1700000000123456
<https://password.example.com|password.example.com>
<https://id.example.com/reset-password|Portal2>
[Reset your password](https://id.example.com/reset2)
[Password portal](https://id.example.com/password/reset2)
<a href="https://id.example.com/password">Portal</a>
password@example.com
admin2 is password@example.com
<mailto:password@example.com|password@example.com>
mailto:password@example.com?subject=Password%20reset2
see /wiki/reset-password/step2
/reset-password
~/password/notes1.txt
./password/run1.sh
docs/password/policy2.md
change your password at [password.example.com](https://password.example.com) now
ask for an api key at [this page](https://example.com/api-key2)
smb://files01/Passwords/list2.xlsx
\\files01\Passwords\2026\list.xlsx
change the password in C:\Tools\reset2.exe
the password file2026.xlsx is gone
passwords.xlsx is locked
build2 is reset_password.py
error in reset_password.py:42
src/auth/password.ts:17:5
git@password.example.com:acme/tool2.git
""".strip().splitlines()

SECRETS = [
    ("https://mia:hunter2@password.example.com", "hunter2"),
    ("https://password:hunter2@password.example.com", "hunter2"),
    ("https://password.example.com/?token=abcd1234", "abcd1234"),
    ("https://password.example.com/reset?password=hunter2&user=mia", "hunter2"),
    ("https://id.example.com/login#password=sunshine", "sunshine"),
    ("https://password.example.com/reset/9f8d7c6b5a4e3f2d1c0b", "9f8d7c6b"),
    ("https://id.example.com/token/a1b2c3d4e5f6", "a1b2c3d4e5f6"),
    ("https://id.example.com/password/reset/Xy7kP2mQ9zR4", "Xy7kP2mQ9zR4"),
    ("https://id.example.com/password/Sommer24!", "Sommer24"),
    ("https://id.example.com/otp/123456", "123456"),
    ("password: https://vault.example.com/s/9fK2xQ7w", "vault.example.com"),
    ("password is https://share.1password.com/s#AbCd1234EfGh5678", "AbCd1234"),
    ("token: https://id.example.com/magic/9fK2xQ7wAb12", "9fK2xQ7wAb12"),
    ("password=https://id.example.com/reset", "id.example.com"),
    ("password:https://hunter2", "hunter2"),
    ("my password is hunter2.com", "hunter2"),
    ("my password is <http://hunter2.com|hunter2.com>", "hunter2"),
    ("password: [hunter2.com](http://hunter2.com)", "hunter2"),
    ("password for https://vpn2.example.com: hunter2", "hunter2"),
    ("the password at https://vpn.example.com is hunter2", "hunter2"),
    ("the password for [our vpn](https://vpn.example.com): hunter2", "hunter2"),
    ("the password at [vpn2](https://vpn2.example.com) is hunter2", "hunter2"),
    ("the password for password.example.com is hunter2", "hunter2"),
    (r"password for C:\Users\mia\list.xlsx is hunter2", "hunter2"),
    ("https://id.example.com/password: hunter2", "hunter2"),
    ("https://id.example.com/password hunter2", "hunter2"),
    ("https://password.example.com user mia password hunter2", "hunter2"),
    ('{"url":"https://password.example.com","password":"hunter2"}', "hunter2"),
    ("url:https://password.example.com,password:hunter2", "hunter2"),
    ("config.password: sunshine", "sunshine"),
    ("/password hunter2", "hunter2"),
    (r"C:\tools\run.exe /password:hunter2", "hunter2"),
    ("reset_password.py --password hunter2", "hunter2"),
    ("hunter2 is my password.Thanks", "hunter2"),
    ("password@example.com / hunter2", "hunter2"),
]


@pytest.mark.parametrize("around", ["{}", "> {}", "({})", "see {}, please", "{}."])
def test_a_link_that_only_names_a_secret_stays(around: str) -> None:
    texts = [around.format(text) for text in HARMLESS]

    assert [safe for text in texts if (safe := redact(text)) != text] == []


@pytest.mark.parametrize("around", ["{}", "> {}", "({})", "see {} please"])
def test_a_secret_in_or_beside_a_link_goes(around: str) -> None:
    texts = [(around.format(text), secret) for text, secret in SECRETS]

    assert [safe for text, secret in texts if secret in (safe := redact(text))] == []


@pytest.mark.parametrize("link", ["https://password.example.com/password=", "a/password.com/", "password for a://b: "])
def test_the_work_on_links_grows_with_the_length_only(link: str) -> None:
    assert grows_with_the_length_only(redact, lambda size: link * (size // len(link)), 10_000)

"""Texts that are markup or commands to a ticket system, a spreadsheet or a mailer, or that deceive the eye.

Each goes to every system, whichever it was written for: vendors change what they render.
"""

from __future__ import annotations

HOSTILE: dict[str, str] = {
    # ServiceNow: HTML in code tags, and mentions.
    "code tag": '[code]<a href="https://evil.test">Your session ended</a>[/code]',
    "code tag in capitals": "[CODE]<img src=x onerror=alert(1)>[/CODE]",
    "code tag in mixed case": "[cOdE]<b>x</b>[/CoDe]",
    "code tags nested": "[co[code]de]<script>alert(1)</script>[/co[/code]de] [[code]]x[[/code]]",
    "code tag with spaces": "[ code ]<b>x</b>[ / code ] [code\t]x[/code\n] [\ncode\n]",
    "code tag over lines": "[co\nde]<b>x</b>\n[/code]",
    "code tag never closed": "the log says [code",
    "code tag with an attribute": "[code lang=html]<b>x</b>[/code]",
    "code tag with something invisible": "[\u200bcode]<b>x</b>[/\u2060code] [c\u00adode]",
    "mention in servicenow": "@[6816f79cc0a8016401c5a33be04be441:System Administrator]",
    # Jira: wiki markup.
    "path": r"\\srv01\public\_Documentation and C:\Users\mia\.config\__init__.py",
    "wiki blocks": "{code}rm -rf{code} {noformat}x{noformat} {html}<b>x</b>{html} {quote}x{quote} {color:red}x{color}",
    "noformat in any form": "{noformat} {NOFORMAT:title=x} {{noformat}} { noformat} {/noformat} {\nnoformat}",
    "noformat over the end": "{noformat}\nh1. Big\n{noformat}",
    "panel and include": "{panel:title=x}y{panel} {include:Secret} {jira:DESK-1} {attachments} {toc} {anchor:a}",
    "mention in jira": "[~accountid:5b10ac8d82e05b22cc7d4ef5] [~admin] @admin",
    "wiki link": "[Sign in|http://evil.test/x] [http://evil.test] [^secret.txt] [mailto:a@b.test]",
    "wiki picture": "!http://evil.test/pixel.png! !logo.png|thumbnail!",
    "wiki lines": "h1. Big\nbq. quoted\n# one\n* two\n- three\n----\n||a||b||\n|c|d|",
    "wiki phrases": "*bold* _italic_ ??cite?? -gone- +new+ ^up^ ~down~ {{mono}}",
    "smileys": ":) :( :P :D ;) (y) (n) (i) (/) (x) (!) (+) (-) (?) (on) (off) (*) (*r) (flag)",
    # GitHub: Markdown and references.
    "mention on github": "@org/everyone @octocat ping @org/team.",
    "reference": "#12 GH-12 org/repo#1 https://github.com/org/repo/issues/1 fixes #3, closes org/repo#4",
    "commit": "a5c3785ed8d6a35868bc169f07e40e889087fd2e org/repo@a5c3785",
    "hidden": "<name> <!-- hidden --> <details><summary>x</summary>y</details> </details> </div> <script>x</script>",
    "markdown picture": "![x](https://evil.test/pixel.png) [click](javascript:alert(1)) <javascript:alert(1)>",
    "fences": "```mermaid\ngraph TD; A-->B\n```\n~~~\nx\n~~~\n````\n``` `x` ``y``",
    "markdown lines": "# Big\n> quoted\n- [ ] task\n- [x] done\n1. one\n***\n| a | b |\n|---|---|\nSetext\n===",
    "indented": "    four spaces\n\ttab\n  `two` ",
    "backticks": "` `` ``` at the end `",
    "emoji names": ":tada: :octocat: $x^2$ $$y$$ [^1]\n\n[^1]: note\n[ref]: https://evil.test",
    # Zendesk, Freshdesk: HTML and Liquid.
    "html": '<h1>Big</h1><a href="https://evil.test">here</a><style>*{display:none}</style>"\'&amp;&lt;',
    "entities": "&#91;code&#93; &lt;b&gt; &nbsp; &#123;&#123;ticket.id}}",
    "placeholder": "{{ticket.id}} {{dc.secret}} {{ticket.requester.email}} {{{x}}} {{-ticket.id-}}",
    "liquid": "{% for c in ticket.comments %}{{c.value}}{% endfor %} {%- comment -%} {{'a' | upcase}}",
    "mail commands": "#solved\n#note x\n#assignee a@b.test\nStatus: resolved\nOwner: root\n/close",
    # Mail.
    "header": "x\r\nBcc: eve@evil.test\r\nContent-Type: text/html\r\n\r\n<b>x</b>",
    "watermark": "[rt.test #1] Ref:MSG0000001 [#SB-1] ##- Please type your reply above this line -##",
    # Slack's own, which come from there.
    "slack": "<!channel> <@U0ADMIN00> <https://evil.test|https://bank.test> <!subteam^S1>",
    # Spreadsheets.
    "formula": "=cmd|' /C calc'!A0",
    "formula with a function": '@SUM(1+1)*cmd|x!A1 =HYPERLINK("https://evil.test","x")',
    "formula after a sign": "+1+cmd|' /C calc'!A0",
    # Line ends and controls.
    "line ends": "one\rtwo\u2028three\u2029four\x0bfive\x0csix\x85seven",
    "mark of ours": "[uppzy-desk eff_0] <!-- uppzy-desk: identifiers -->\n\nhandoff_id: hof_9\n",
    "addresses": "javascript:alert(1) data:text/html,<b>x</b> file://srv01/public http://evil.test/a_b*c*?x={{y}}",
    "long": "word " * 60 + "a" * 300,
}

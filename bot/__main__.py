"""`python -m bot` is the command `uppzy-desk`."""

from bot.cli.commands import main

main()

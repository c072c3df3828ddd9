"""`python -m bot` is the command `uppzy-desk`."""

from bot.cli import main

main()

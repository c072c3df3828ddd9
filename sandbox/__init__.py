"""Stand-ins: a local Slack and a local Uppzy to try and test the bot without accounts."""

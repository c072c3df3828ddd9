"""The Slack surface: Slack payloads in, Block Kit out."""

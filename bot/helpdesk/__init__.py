"""The product: conversations, escalation, handoffs, delivery. Knows no Slack, HTTP or SQL."""

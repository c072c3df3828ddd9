"""The loop of learning: what the answers of a period were worth, and what makes the next ones better."""

"""Other bots in their usual form. They run in a separate environment, so nothing here imports our code."""

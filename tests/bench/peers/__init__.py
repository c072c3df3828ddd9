"""Other bots, as people write them. They run in an environment of their own, so nothing here imports ours."""

"""Demo story for the terminal: script and narrator."""

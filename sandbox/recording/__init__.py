"""Pictures of the demo: a browser plays the scenes and photographs each state (`uppzy-desk demo --record DIR`)."""

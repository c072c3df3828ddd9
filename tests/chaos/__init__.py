"""Bad days: the real bot between the stand-ins, everything around it failing, and an account of what became of it."""

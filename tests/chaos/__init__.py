"""Bad days: the real bot runs between the stand-ins while everything around it fails; then the result is checked."""

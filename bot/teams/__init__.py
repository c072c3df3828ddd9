"""The Microsoft Teams surface: activities in, messages and Adaptive Cards out."""

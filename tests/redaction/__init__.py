"""Figures of the redaction: secrets and look-alikes from a seeded source, and how many are told apart."""

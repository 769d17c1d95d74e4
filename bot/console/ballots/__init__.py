"""Ballots in the console."""

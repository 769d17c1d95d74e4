"""Emergencies: whom to page, until when, and how it ended."""

"""Shifts: patrols that come again and again, who goes, where they pass, what they find, and the hours given."""

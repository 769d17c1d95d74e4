"""Ballots: a question put to the vote of households, of owners by area, or of residents; and the count of it."""

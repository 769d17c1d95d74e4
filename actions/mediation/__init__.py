"""Mediation: a quarrel, its parties, who helps them to come to terms, and what they agreed on."""

"""Polls: an informal show of hands in a group. Decisions are made by ballot, elsewhere."""

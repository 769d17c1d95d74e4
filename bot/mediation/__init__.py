"""Mediation on the road: its rooms as chats."""

"""Proposals: what residents put forward, how it is talked over and decided, and what is done of it."""

"""Tickets and their closed loop, from reported to rated."""

"""Residents, households, staff and the org units they belong to. Every other room may know this one."""

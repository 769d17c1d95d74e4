"""The time bank in the console."""

"""Pages of activities: the list, making one, and one with its people."""

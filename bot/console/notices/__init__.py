"""Pages of notices: writing, deciding, who was reached, and the care of those alone."""

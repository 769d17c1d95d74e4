"""Pages of deliberation: proposals with everything about them, conventions, the consultation index."""

"""Pages of mediation: the queue, a case with its rooms, the agreement."""

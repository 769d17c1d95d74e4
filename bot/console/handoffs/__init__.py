"""Pages of hand-offs: who waits for a person, and the talk with one."""

"""Pages of patrols: the plan, one shift with its people, route and finds, and the log."""

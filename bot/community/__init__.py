"""The community's page: what is on, what was decided, what was fixed. Nothing personal is read for it."""

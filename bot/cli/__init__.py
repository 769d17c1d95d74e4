"""The commands of ``linan``."""

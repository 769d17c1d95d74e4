"""The time bank: hours given, a double-entry book of them, what they are exchanged for."""

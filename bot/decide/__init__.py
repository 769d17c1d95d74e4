"""What should happen with a message: pure functions, no I/O."""

"""Pages of the channels: connect, test, pause, give groups to communities."""

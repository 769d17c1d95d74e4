"""What machines ask: health, metrics."""

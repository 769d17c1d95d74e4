"""Making the bot better while it runs: training, comparing, publishing, and what takes effect at once."""

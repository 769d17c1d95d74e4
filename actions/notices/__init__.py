"""通知: what the community has to tell its residents, and who was reached by it."""

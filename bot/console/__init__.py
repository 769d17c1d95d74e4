"""The console of staff: pages for phone and desk, one module a subject."""

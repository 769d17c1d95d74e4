"""Neighbours who look after one another: groups, who is worried about whom, who went to look."""

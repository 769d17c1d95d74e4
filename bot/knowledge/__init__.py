"""Guides on their way to residents: the files that ship, the shelf that finds the right one, what follows from them."""

"""Console pages of the neighbour watch."""

"""The page of neighbours' help: what is asked for, who helps, who may go into homes."""

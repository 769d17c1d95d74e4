"""What shifts need to know of other rooms."""

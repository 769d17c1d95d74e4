"""Pages of the guides: what residents are told when they ask how something is done."""

"""办事指南 and safety advice: what residents are told when they ask how something is done."""

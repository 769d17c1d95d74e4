"""Pages of tips: a queue without a word of what was said, and a case that opens on a press that is written down."""

"""Where good deeds and bulletins meet the notices: nothing of them is sent in a second way."""

"""Teaching the bot: examples, labels, phrases, local names, what is to be reviewed, models and their publication."""

"""A person instead of the bot: one resident's talk in one chat, from the wish for it to the word that ends it."""

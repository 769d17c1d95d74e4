"""How a message travels: channels, inbox, understanding, deciding, acting, outbox, console."""

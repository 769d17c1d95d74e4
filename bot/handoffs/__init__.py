"""What of a hand-off needs to know chats: the private one it goes on in, the words a ticket is made of."""

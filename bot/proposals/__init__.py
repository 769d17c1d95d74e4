"""What the room of proposals needs from elsewhere: the words of a ticket, a ballot."""

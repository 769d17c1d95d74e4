"""Activities beside the chat: calendars that are written."""

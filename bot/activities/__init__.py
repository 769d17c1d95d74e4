"""Activities beside the chat: notices that are read, calendars that are written."""

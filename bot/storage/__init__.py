"""Engine, sessions, the tables of the road (chats, inbox, outbox, conversations), queries for pages."""

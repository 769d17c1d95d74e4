"""What can be done here: one room per subject. Rooms know no chat, no HTTP and no clock."""

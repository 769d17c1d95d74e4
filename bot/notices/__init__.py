"""Where notices meet the chats: which groups an area has, which lines can be taken back."""

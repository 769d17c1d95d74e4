"""Teaches the sentence encoder that ships: multilingual-e5-small, cut to Chinese and taught our labels."""

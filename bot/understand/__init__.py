"""From a message to its meaning: danger rules first, then the model, places, cues."""

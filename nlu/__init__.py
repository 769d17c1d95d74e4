"""The Rasa project: its arithmetic (`model`), its covers for Rasa (`components`), training and evaluation."""

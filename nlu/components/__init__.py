"""Thin covers that let Rasa train, test and publish the arithmetic of `nlu.model`."""

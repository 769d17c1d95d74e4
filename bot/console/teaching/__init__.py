"""The admin's workbench: examples, phrases, review, training, trying out."""

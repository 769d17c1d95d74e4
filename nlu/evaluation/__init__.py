"""How well messages are understood: figures, comparison of two models, report, lint of examples."""

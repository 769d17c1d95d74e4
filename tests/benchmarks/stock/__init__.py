"""The bot to be measured beside ours: what anybody would build for this job with stock Rasa 3.6.

Never run from here: `tests/benchmarks/stock_rasa.py` copies it into a temporary folder, where Rasa's own
names (`actions`, `data`, `models`) mean this bot and not the project's.
"""

"""The responsibility list 责任清单: which body answers for which service, and who is next."""

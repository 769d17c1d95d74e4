"""The responsibility list 责任清单 in the console: looked at by all, changed by administrators."""

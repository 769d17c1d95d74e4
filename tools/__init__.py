"""Set-up of a machine: standard library only, because it runs before anything is built."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036  older ones are what this line is for
    sys.exit("x Python 3.8 or newer is needed to set this up (3.11 for the bot): make run PYTHON=python3.11")

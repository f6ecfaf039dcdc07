"""Opens the workbench; given a command, runs it. ``python main.py --help`` names the commands."""

import sys

from workbench.__main__ import main

if __name__ == "__main__":
    sys.exit(main())

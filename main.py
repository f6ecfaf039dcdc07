"""Opens the workbench, or runs a command; ``python main.py --help`` lists the commands."""

import sys

from workbench.__main__ import main

if __name__ == "__main__":
    sys.exit(main())

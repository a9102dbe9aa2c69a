"""``python -m hamtui``."""

from hamtui.cli.main import main

if __name__ == "__main__":
    main()

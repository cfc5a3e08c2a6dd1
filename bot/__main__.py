"""`python -m bot` is `tunesmith`."""

from bot.cli import main

if __name__ == "__main__":
    main()

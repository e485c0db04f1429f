"""``python -m stance.training``: the same as train.py."""

from stance.training.command import main

if __name__ == "__main__":
    main()

"""Train a model: ``python train.py [experiment=...] [key=value ...]``; see configs/train.yaml for every key."""

from stance.training.command import main

if __name__ == "__main__":
    main()

"""The learned tagger: tokens of statements of every kind, and who says them, in articles of any language."""

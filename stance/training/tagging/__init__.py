"""Training of the tagger: own layers on top of a stance encoder's lower ones, which stay as they are."""

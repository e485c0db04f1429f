"""Statements and stances as a component of a spaCy pipeline: ``python examples/spacy_pipeline.py [MODEL]``.

Needs ``pip install 'quote-stance[spacy]'``; any pipeline of spaCy will do, and a blank one is enough.
"""

from __future__ import annotations

import sys

import spacy

TEXT = (
    "“We will not lift the sanctions on Russia until the last soldier has left,” said Ilse Maarten, the foreign "
    "minister of Veldland. “NATO has kept us safe,” she added, “and we are grateful for that.”"
)


def main() -> None:
    """Print the statements of a text."""
    nlp = spacy.blank("en")
    # An actor is a name, or a name with what else it is called.
    actors = ["NATO", "Russia", {"name": "Veldland", "aliases": {"en": ["Veldlanders"]}}]
    nlp.add_pipe("stance", config={"actors": actors, "model": sys.argv[1] if len(sys.argv) > 1 else None})
    for doc in nlp.pipe([TEXT]):
        for span in doc.spans["stance"]:
            labels = ", ".join(f"{name} {stance.label}" for name, stance in span._.stances.items())
            told = f"{span._.speaker or '?'}: {span._.statement.text}  [{labels}; {span._.sentiment.label}]"
            sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main()

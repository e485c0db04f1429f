"""Statements out of news text: quotation marks, reporting words and speakers, without a model."""

from stance.quotes.extraction import Extraction, extract, kinds_of, language_of, mode_of
from stance.quotes.tables import pronouns

__all__ = ["Extraction", "extract", "kinds_of", "language_of", "mode_of", "pronouns"]

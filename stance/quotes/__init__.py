"""Statements out of news text: quotation marks, reporting words and speakers, without a model."""

from stance.quotes.extraction import Extraction, extract

__all__ = ["Extraction", "extract"]

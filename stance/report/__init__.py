"""A report of many articles as one HTML file that needs nothing else: no script, no request, no other file."""

from stance.report.page import Article, Report

__all__ = ["Article", "Report"]

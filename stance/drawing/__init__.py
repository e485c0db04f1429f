"""Pictures of documents: pure functions from the library's values to HTML, and the counts that they show."""

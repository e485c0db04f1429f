"""Tables of texts in files: read row by row, answered, written, and gone on with after an interruption."""

from stance.files.job import OnError, TableJob
from stance.files.rows import FileFormat, Row, RowFailedError, UnreadableTableError, format_of, is_table
from stance.files.running import Progress, predict_table, resumable

__all__ = [
    "FileFormat",
    "OnError",
    "Progress",
    "Row",
    "RowFailedError",
    "TableJob",
    "UnreadableTableError",
    "format_of",
    "is_table",
    "predict_table",
    "resumable",
]

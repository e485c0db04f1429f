"""Tables of texts in files: read row by row, answered, written, and gone on with after an interruption."""

from stance.files.rows import FileFormat, Row, RowFailedError, UnreadableTableError, format_of, is_table
from stance.files.running import OnError, Progress, TableJob, predict_table

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
]

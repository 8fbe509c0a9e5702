"""The report as a signed PDF: made, read, judged."""

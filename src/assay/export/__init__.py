"""Renderings of the record for other programs. They compute nothing."""

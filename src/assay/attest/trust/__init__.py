"""Whom the reader of a report has decided to believe, and what follows for a certificate."""

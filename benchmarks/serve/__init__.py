"""Measure answers of the embedded server over HTTP: alone, eight at once, in batches; and its memory."""

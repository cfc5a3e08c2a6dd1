"""Pictures as PNG bytes, each with its alt text; drawn in a worker process, for matplotlib takes a second to import."""

from bot.charts.report import report_alt_text, report_picture

__all__ = ["report_alt_text", "report_picture"]

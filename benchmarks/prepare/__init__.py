"""Preparing a large file: ours beside peers, CPU seconds and peak memory."""

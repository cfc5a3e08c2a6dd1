"""Many people asking at once: acks, answers and what they cost, beside simpler bots in the same run."""

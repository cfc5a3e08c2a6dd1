"""Encoder folders of the team's own as classifier bases: every layer tuned by torch, blended with the n-grams.

`bases` describes such a base to the trainer, `head` trains it as one part of a blend, `classifier` answers with it.
"""

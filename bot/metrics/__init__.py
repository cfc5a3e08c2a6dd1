"""How good a model is, from its answers: pure arithmetic on predictions, no I/O. docs/results.md explains each figure."""

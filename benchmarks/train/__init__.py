"""Measure the trainer on real datasets, beside scikit-learn in the same run."""

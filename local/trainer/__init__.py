"""Train and run the classifiers of the embedded server; files in, files out, no HTTP.

Reading order: `examples` (the training file), `bases` (what can be trained), `ngrams` and `encoder` (texts to
numbers), `softmax` and `blend` (the models), `loop` (the epochs), `modelfolder` and `predict` (what comes out).
`python -m local.trainer JOBDIR` trains one job; importing anything here does nothing.
"""

"""Train and run the models that write text; needs the extras `generate` or `gpu`, and none of them to be imported.

Reading order: `extras` (what is installed), `smollm2` and `folders` (the bases), `conversations` and `tokens` (a
training file to token ids), `network` (the model under torch), `loop` and `run` (a job), `modelfolder` (what comes
out), `worker` (the process that answers, with `llamacpp` or `torchruntime`).
"""

"""An OpenAI-compatible fine-tuning server for one machine: the HTTP surface, the queue and the supervisor.

Training itself lives in `local.trainer` and runs in child processes; nothing here trains.
"""

import os

# Before numpy is loaded. Two threads for each small product take turns with the threads of the other questions: with
# one, eight questions at once have a p99 of 58 ms in place of 77 (`benchmarks.serve`, two cores). The encoder's runs
# go side by side in threads of their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

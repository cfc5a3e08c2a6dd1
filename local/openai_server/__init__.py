"""An OpenAI-compatible fine-tuning server for one machine: the HTTP surface, the queue and the supervisor.

Training itself lives in `local.trainer` and runs in child processes; nothing here trains.
"""

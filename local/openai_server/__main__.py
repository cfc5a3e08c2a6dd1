"""`python -m local.openai_server`: the server alone, for scripts and tests."""

import argparse
import logging
import sys
from pathlib import Path

from local.openai_server.server import HomeInUse, serve
from local.openai_server.settings import (
    ServerSettings,
    SettingError,
    api_key_from_environment,
    model_folders_from_environment,
    tuner_from_environment,
)


def _settings(arguments: argparse.Namespace) -> ServerSettings:
    return ServerSettings(
        home=arguments.home,
        api_key=api_key_from_environment(),
        max_running_jobs=arguments.max_running_jobs,
        job_memory_mb=arguments.job_memory_mb,
        model_folders=(*(folder.resolve() for folder in arguments.models), *model_folders_from_environment()),
        tuner=tuner_from_environment(),
    )


def main() -> int:
    """Parse the command line and serve; 0 after a clean end, 1 where it couldn't begin."""
    parser = argparse.ArgumentParser(prog="python -m local.openai_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8766, help="0 takes a free port")
    parser.add_argument(
        "--home", type=Path, required=True, help="where keys, files, jobs and models are kept"
    )
    parser.add_argument("--max-running-jobs", type=int, default=1)
    parser.add_argument("--job-memory-mb", type=int, default=2048)
    parser.add_argument(
        "--models", type=Path, action="append", default=[], metavar="DIR", help="folder with local: bases"
    )
    arguments = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    try:
        serve(settings=_settings(arguments), host=arguments.host, port=arguments.port)
    except (HomeInUse, SettingError, OSError) as error:
        sys.stderr.write(f"The server could not start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

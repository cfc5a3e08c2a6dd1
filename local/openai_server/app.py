"""The composition root: puts the server's parts together into one Starlette application."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from local.openai_server.auth import DATABASE_NAME, Authenticator, ensure_key_file
from local.openai_server.batch_runner import run_batches
from local.openai_server.bell import Bell
from local.openai_server.catalog import Catalog
from local.openai_server.classifiers import Classifiers
from local.openai_server.completion import Completion
from local.openai_server.deliveries import Deliveries
from local.openai_server.edge import EXCEPTION_HANDLERS, Edge
from local.openai_server.engine import Engine, SubprocessEngine
from local.openai_server.filestore import FileStore
from local.openai_server.generators import Generators
from local.openai_server.housekeeping import keep_house
from local.openai_server.job_folders import CACHE_NAME, JobFolders
from local.openai_server.metrics import Metrics
from local.openai_server.routes import routes
from local.openai_server.services import Services
from local.openai_server.settings import MEGABYTE, ServerSettings
from local.openai_server.store.database import Database
from local.openai_server.supervisor import Supervisor


def create_app(
    *, home: Path, api_key: str | None = None, settings: ServerSettings | None = None, engine: Engine | None = None,
    clock: Callable[[], float] = time.time,
) -> Starlette:  # fmt: skip
    """The server over a home folder; without a key it takes the one kept in HOME/api_key.

    Jobs are looked after from the application's startup to its shutdown. One process at a time may use a home:
    `server.serve` takes its lock.
    """
    chosen = replace(settings or ServerSettings(home=home), home=home.resolve())
    services = build_services(chosen, api_key or chosen.api_key, engine, clock)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        services.supervisor.start()
        services.classifiers.warm_up()
        work = (services.deliveries.run(), run_batches(services), keep_house(services))
        tasks = [asyncio.create_task(each) for each in work]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await services.generators.close()
        await run_in_threadpool(services.supervisor.stop)
        services.classifiers.close()
        services.database.close()

    app = Starlette(
        routes=routes(services),
        middleware=[Middleware(Edge, metrics=services.metrics)],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def build_services(
    settings: ServerSettings, api_key: str | None, engine: Engine | None, clock: Callable[[], float]
) -> Services:
    """The server's parts over their home folder, none of them started."""
    home = settings.home
    home.mkdir(parents=True, exist_ok=True)
    if api_key is None:
        api_key, _ = ensure_key_file(home)
    database = Database(home / DATABASE_NAME)
    files = FileStore(database, home / "files", clock)
    folders = JobFolders(home / "jobs", settings)
    (home / CACHE_NAME).mkdir(exist_ok=True)
    completion = Completion(database, files, home / "jobs", clock)
    supervisor = Supervisor(
        database=database, engine=engine or SubprocessEngine(settings.trainer_command), folders=folders,
        completion=completion, settings=settings, clock=clock,
    )  # fmt: skip
    return Services(
        settings=settings,
        home=home,
        clock=clock,
        database=database,
        authenticator=Authenticator(database, api_key),
        files=files,
        folders=folders,
        completion=completion,
        supervisor=supervisor,
        classifiers=Classifiers(home, settings.model_cache_mb * MEGABYTE),
        catalog=Catalog(settings.model_folders),
        generators=Generators(home, settings.writer_threads),
        metrics=Metrics(),
        deliveries=Deliveries(database, settings.webhook_retry_delays_s, clock),
        batch_bell=Bell(),
    )

"""Everything a handler may use, put together once by `app.create_app`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.openai_server.auth import Authenticator
from local.openai_server.bell import Bell
from local.openai_server.catalog import Catalog
from local.openai_server.classifiers import Classifiers
from local.openai_server.completion import Completion
from local.openai_server.deliveries import Deliveries
from local.openai_server.filestore import FileStore
from local.openai_server.generators import Generators
from local.openai_server.job_folders import JobFolders
from local.openai_server.metrics import Metrics
from local.openai_server.settings import ServerSettings
from local.openai_server.store.database import Database
from local.openai_server.supervisor import Supervisor


@dataclass(frozen=True, kw_only=True)
class Services:
    """The server's parts. `clock` gives epoch seconds."""

    settings: ServerSettings
    home: Path
    clock: Callable[[], float]
    database: Database
    authenticator: Authenticator
    files: FileStore
    folders: JobFolders
    completion: Completion
    supervisor: Supervisor
    classifiers: Classifiers
    catalog: Catalog
    generators: Generators
    metrics: Metrics
    deliveries: Deliveries
    batch_bell: Bell

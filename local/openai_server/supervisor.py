"""The supervisor: moves jobs from validation through the queue to training, and looks after what runs.

One thread, one look every tick. A job's row is the truth: routes only change the row, and the supervisor makes the
processes follow. After a crash of the server it adopts trainings that still run and takes up those that don't.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from local.openai_server.catalog import GENERATOR
from local.openai_server.completion import Completion
from local.openai_server.engine import AlreadyRunning, Engine, EngineStatus, Limits
from local.openai_server.integrations import Integrations
from local.openai_server.job_folders import JobFolders
from local.openai_server.progress import Failed, Finished, Recorder, parse_lines
from local.openai_server.settings import ServerSettings
from local.openai_server.store import events, jobs
from local.openai_server.store.database import Database
from local.openai_server.store.events import Level, NewEvent
from local.openai_server.store.jobs import Job, JobStatus
from local.openai_server.trainer_bridge import Finding
from local.openai_server.validation import validate_job

logger = logging.getLogger(__name__)

IDLE_S = 2.0
PAUSE_GRACE_S = 60.0
CRASHES_ALLOWED = 3
KILLS_ALLOWED = 30
POSITIONS_TOLD = 10


@dataclass(kw_only=True)
class _Watch:
    """What the supervisor remembers of one training while it looks after it; all of it can be lost."""

    recorder: Recorder = field(default_factory=Recorder)
    version: str = ""
    changed_at: float = 0.0
    seen_at_start: int = 0
    deaths: int = 0
    stop_by: float | None = None


class Supervisor:
    """Drives one Engine from the jobs' rows."""

    def __init__(
        self, *, database: Database, engine: Engine, folders: JobFolders, completion: Completion,
        settings: ServerSettings, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._database = database
        self._engine = engine
        self._folders = folders
        self._completion = completion
        self._settings = settings
        self._clock = clock
        self._integrations = Integrations()
        self._watches: dict[str, _Watch] = {}
        self._validating: dict[str, Future[Finding | None]] = {}
        self._validators = ThreadPoolExecutor(1, thread_name_prefix="validation")
        self._wake = threading.Event()
        self._stopping = False
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look after jobs."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it looks after jobs."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Look now: something has changed."""
        self._wake.set()

    def stop(self) -> None:
        """Save and end all trainings and put their jobs back into the queue, for the next start."""
        self._stopping = True
        self._settled.set()
        self._wake.set()
        self._thread.join()
        self._validators.shutdown(wait=False, cancel_futures=True)
        self._send_home()
        self._integrations.stop()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            busy = self._tick()
            self._wake.wait(self._settings.tick_s if busy else IDLE_S)

    def _tick(self) -> bool:
        """One look; whether there is anything to look at again soon."""
        steps: list[Callable[[], None]] = [
            partial(self._look_after, job) for job in self._jobs_with_process()
        ]
        for step in (*steps, self._validate, self._start_queued):
            try:
                step()
            except (sqlite3.Error, OSError):
                logger.exception("supervisor: a look failed and will be repeated")
                self._settled.wait(IDLE_S)
        with self._database.reading() as connection:
            active = (JobStatus.VALIDATING_FILES, JobStatus.QUEUED, JobStatus.RUNNING)
            return bool(jobs.in_status(connection, *active) or jobs.with_process(connection))

    def _jobs_with_process(self) -> list[Job]:
        with self._database.reading() as connection:
            return jobs.with_process(connection)

    def _look_after(self, job: Job) -> None:
        watch = self._watches.setdefault(job.id, _Watch(changed_at=self._clock()))
        reference = job.engine_reference or ""
        folder = self._folders.path(job.id)
        # The status first: what has exited by now has written all its lines, so none is missed below.
        status = self._engine.status(folder, reference)
        self._read_progress(job.id, watch)
        with self._database.reading() as connection:
            job = jobs.get(connection, job.id)
        if job.status is JobStatus.RUNNING:
            if status is not EngineStatus.RUNNING:
                self._take_up_again(job, watch, status)
            elif self._clock() - watch.changed_at > self._settings.stall_after_s:
                logger.warning("training makes no progress and is started again job=%s", job.id)
                self._engine.stop(folder, reference)
                watch.changed_at = self._clock()
        elif status is EngineStatus.RUNNING:
            self._end_process(job, watch)
        else:
            self._forget_process(job)

    def _read_progress(self, job_id: str, watch: _Watch) -> None:
        progress = self._engine.progress(self._folders.path(job_id), watch.version)
        if progress is None:
            return
        lines = parse_lines(progress.content)
        with self._database.transaction() as tx:
            job = jobs.get(tx, job_id)
            if job.status.is_finished:
                return
            try:
                job = watch.recorder.record(tx, job, lines)
                jobs.save(tx, job)
            except sqlite3.Error:
                watch.recorder = Recorder(since=watch.recorder.since)
                raise
        watch.version, watch.changed_at = progress.version, self._clock()
        last = lines[-1] if lines else None
        if isinstance(last, Finished):
            self._completion.succeed(job_id, last, watch.recorder.labels)
        elif isinstance(last, Failed):
            self._completion.fail(job_id, last)

    def _take_up_again(self, job: Job, watch: _Watch, status: EngineStatus) -> None:
        """Start a training that ended without an end, unless it keeps dying without getting anywhere."""
        got_further = len(watch.recorder.seen) > watch.seen_at_start
        watch.deaths = 1 if got_further else watch.deaths + 1
        allowed = KILLS_ALLOWED if status is EngineStatus.KILLED else CRASHES_ALLOWED
        if watch.deaths > allowed:
            message = f"The training process ended {watch.deaths} times without getting further."
            self._completion.fail(
                job.id, Failed(seq=0, at=self._clock(), code="training_failed", message=message)
            )
            return
        logger.warning("training ended early and is taken up again job=%s how=%s", job.id, status)
        text = "Training was interrupted and goes on from its last saved state"
        at = self._clock()
        with self._database.transaction() as tx:
            event = NewEvent(key=f"interrupted:{at}", at=at, message=text, level=Level.WARN)
            events.append(tx, job.id, event)
        self._launch(job, watch)

    def _launch(self, job: Job, watch: _Watch) -> None:
        """Start the process of a job and write down its reference; undone where the job was cancelled meanwhile."""
        folder = self._folders.path(job.id)
        memory_mb = self._settings.job_memory_mb
        limits = Limits(
            memory_mb=memory_mb,
            # These map their weights, and torch keeps room that it does not fill: 3,461 MB counted with 2,032 in use.
            mapped_mb=2 * memory_mb if job.spec.base_kind == GENERATOR or job.spec.base_folder else 0,
            threads=self._settings.job_threads,
            nice=self._settings.job_nice,
        )
        watch.recorder.since = watch.changed_at = self._clock()
        watch.seen_at_start = len(watch.recorder.seen)
        watch.stop_by = None
        reference = self._engine.submit(folder, limits)
        with self._database.transaction() as tx:
            current = jobs.get(tx, job.id)
            jobs.save(tx, replace(current, engine_reference=reference))
            if current.status in (JobStatus.QUEUED, JobStatus.RUNNING):
                jobs.save(tx, replace(current, engine_reference=reference, status=JobStatus.RUNNING))
                started = NewEvent(key="started", at=self._clock(), message="Fine-tuning job started")
                events.append(tx, job.id, started)
        self._integrations.start(job, folder)
        logger.info("training started job=%s reference=%s", job.id, reference)

    def _end_process(self, job: Job, watch: _Watch) -> None:
        """Ask the process of a job that shall not run to save and leave; end it where it does not."""
        folder, reference = self._folders.path(job.id), job.engine_reference or ""
        now = self._clock()
        if watch.stop_by is None:
            is_wanted_later = not job.status.is_finished
            watch.stop_by = now + (PAUSE_GRACE_S if is_wanted_later else self._settings.stop_grace_s)
            self._engine.pause(folder, reference)
        elif now > watch.stop_by:
            self._engine.stop(folder, reference)

    def _forget_process(self, job: Job) -> None:
        if job.status in (JobStatus.CANCELLED, JobStatus.PAUSED):
            self._integrations.end(job.id)
        with self._database.transaction() as tx:
            jobs.save(tx, replace(jobs.get(tx, job.id), engine_reference=None))
        self._watches.pop(job.id, None)

    def _validate(self) -> None:
        with self._database.reading() as connection:
            waiting = jobs.in_status(connection, JobStatus.VALIDATING_FILES)
        for job in waiting:
            future = self._validating.get(job.id)
            if future is None:
                future = self._validators.submit(validate_job, self._folders.path(job.id))
                future.add_done_callback(lambda _: self.wake())
                self._validating[job.id] = future
            elif future.done():
                del self._validating[job.id]
                self._judge(job, future)

    def _judge(self, job: Job, future: "Future[Finding | None]") -> None:
        error = future.exception()
        if isinstance(error, BrokenExecutor):
            return  # its process was killed; the next look validates again
        if error is not None:
            logger.error("validation crashed job=%s", job.id, exc_info=error)
            message = "The files could not be validated. The server's log has the details."
            self._admit(job, Finding(code="validation_failed", message=message, param="training_file"))
            return
        self._admit(job, future.result())

    def _admit(self, job: Job, finding: Finding | None) -> None:
        now = self._clock()
        if finding is not None:
            failure = Failed(seq=0, at=now, code=finding.code, message=finding.message, param=finding.param)
            self._completion.fail(job.id, failure)
            return
        with self._database.transaction() as tx:
            job = jobs.get(tx, job.id)
            if job.status is not JobStatus.VALIDATING_FILES:
                return
            jobs.save(tx, replace(job, status=JobStatus.QUEUED, queued_at=now))
            text = "Files validated, moving job to queued state"
            events.append(tx, job.id, NewEvent(key="validated", at=now, message=text))

    def _start_queued(self) -> None:
        with self._database.reading() as connection:
            queued = jobs.in_status(connection, JobStatus.QUEUED)
            free = self._settings.max_running_jobs - len(jobs.with_process(connection))
        ready = [job for job in queued if job.engine_reference is None]
        for job in ready[: max(0, free)]:
            try:
                self._launch(job, self._watches.setdefault(job.id, _Watch()))
            except AlreadyRunning:
                logger.warning("a training from before still runs and is waited for job=%s", job.id)
        self._tell_positions()

    def _tell_positions(self) -> None:
        with self._database.reading() as connection:
            queued = jobs.in_status(connection, JobStatus.QUEUED)
        for position, job in enumerate(queued[:POSITIONS_TOLD], start=1):
            if job.state.queue_told == position:
                continue
            now = self._clock()
            text = f"Fine-tuning job is in the queue. Queue number: {position}"
            with self._database.transaction() as tx:
                job = jobs.get(tx, job.id)
                jobs.save(tx, replace(job, state=replace(job.state, queue_told=position)))
                events.append(
                    tx, job.id, NewEvent(key=f"queue:{position}:{job.queued_at}", at=now, message=text)
                )

    def _send_home(self) -> None:
        """The end of the server: every training saves and leaves, within the grace that is set."""
        running = self._jobs_with_process()
        for job in running:
            self._engine.pause(self._folders.path(job.id), job.engine_reference or "")
        deadline = self._clock() + self._settings.shutdown_grace_s
        pause = threading.Event()
        for job in running:
            folder, reference = self._folders.path(job.id), job.engine_reference or ""
            while self._engine.status(folder, reference) is EngineStatus.RUNNING:
                if self._clock() > deadline:
                    self._engine.stop(folder, reference)
                pause.wait(0.02)
            self._read_progress(job.id, self._watches.setdefault(job.id, _Watch()))
            with self._database.transaction() as tx:
                current = replace(jobs.get(tx, job.id), engine_reference=None)
                if current.status is JobStatus.RUNNING:
                    current = replace(current, status=JobStatus.QUEUED)
                jobs.save(tx, current)

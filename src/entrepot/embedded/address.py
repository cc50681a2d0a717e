"""Where a cluster answers, and the one error of the cellar."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import make_conninfo

SUPERUSER = "postgres"


class ClusterError(Exception):
    """PostgreSQL cannot be had; the text is one sentence for the person at the terminal, with the remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """A running cluster: a socket folder only its owner may enter, and the number in the socket's name."""

    socket_dir: Path
    port: int

    @property
    def host(self) -> str:
        """What libpq, psycopg and Django call the host."""
        return str(self.socket_dir)

    def dsn(self, dbname: str, user: str = SUPERUSER) -> str:
        """The conninfo string for libpq; quoted, so that a folder with a space is safe."""
        return make_conninfo(host=self.host, port=self.port, dbname=dbname, user=user)

    def url(self, dbname: str, user: str = SUPERUSER) -> str:
        """The same as a postgresql:// URL, for those who read only DATABASE_URL."""
        host = quote(self.host, safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(dbname, safe='')}?host={host}&port={self.port}"

    def env(self) -> dict[str, str]:
        """For PostgreSQL's own programs (psql, pg_dump): what to add to their environment."""
        return {"PGHOST": self.host, "PGPORT": str(self.port)}

"""`python -m gateway.run.cli`, where no `gateway` is on the PATH."""

from gateway.run.cli import app

app()

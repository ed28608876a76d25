"""The `sanji` command: each of its commands is one file beside this one."""

import typer

from services.cli import (
    account,
    backup,
    deadletters,
    export,
    issuer,
    keys,
    move,
    rebuild,
    restore,
    seed,
    serve,
    token,
)
from services.cli.demo import command as demo
from services.cli.load import command as load
from services.cli.replay import command as replay
from services.cli.verify import command as verify

app = typer.Typer(
    name="sanji",
    help="三级联动 · case linkage for government service centres on three levels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("demo")(demo.command)
app.command("serve")(serve.command)
app.command("keys")(keys.command)
app.command("issuer")(issuer.command)
app.command("token")(token.command)
app.command("seed")(seed.command)
app.command("replay")(replay.command)
app.command("load")(load.command)
app.command("verify")(verify.command)
app.command("rebuild")(rebuild.command)
app.add_typer(account.app, name="account")
app.add_typer(deadletters.app, name="deadletters")
app.command("backup")(backup.command)
app.command("restore")(restore.command)
app.command("move")(move.command)
app.command("export")(export.command)

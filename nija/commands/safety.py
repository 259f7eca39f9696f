"""`nija kill` and `nija disarm`: sell everything at once, and allow trading again."""

import sys
from typing import Annotated

import typer

Why = Annotated[str, typer.Option("--why", help="The reason; it is journaled.")]


def kill(*, why: Why) -> None:
    """Sell everything and buy nothing any more, whatever else happens; only `disarm` ends it."""
    from nija.bootstrap import chosen_home, kill_switch

    home = chosen_home()
    kill_switch(home).arm(why)
    sys.stdout.write(
        f"Killed: the executor of {home.folder} cancels its entries and sells its positions now,"
        " and buys nothing until `nija disarm`. If it does not run, it does so when it starts.\n"
        "See `nija status`.\n"
    )


def disarm() -> None:
    """End a kill: what was sold stays sold, and entries are possible again."""
    from nija.bootstrap import chosen_home, kill_switch

    was_armed = kill_switch(chosen_home()).disarm()
    sys.stdout.write(
        "Disarmed: entries are possible again.\n"
        if was_armed
        else "Trading was not killed; nothing to disarm.\n"
    )

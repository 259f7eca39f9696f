"""A person's word to the executor: kill, suspend, resume, lift a halt, approve of looser limits."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nija.actions.safety_orders import Approvable
    from nija.home import Home
    from nija_domain.releases.directive import Directive, Kind

Why = Annotated[str, typer.Option("--why", help="The reason; it is journaled.")]
Hours = Annotated[
    float, typer.Option("--hours", min=0.01, max=8_760.0, help="For how long, in venue time.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

approve_app = typer.Typer(
    no_args_is_help=True, help="Approve of what nothing but a person may allow."
)


def kill(
    *,
    why: Why,
    channel: Annotated[
        str | None,
        typer.Option(
            help="Send the kill as a signed directive on this channel, such as champion, instead of"
            " writing the kill file of this home."
        ),
    ] = None,
) -> None:
    """Sell everything and buy nothing any more, whatever else happens; only `disarm` ends it."""
    from nija.bootstrap import chosen_home, kill_switch

    home = chosen_home()
    if channel is None:
        kill_switch(home).arm(why)
        target = f"the executor of {home.folder}"
    else:
        from nija.actions.safety_orders import order_kill

        number = order_kill(home, why=why, channel=channel).number
        target = f"by directive {number}, the executor on channel {channel}"
    sys.stdout.write(
        f"Killed: {target} cancels its entries and sells its positions now, and buys nothing until"
        " `nija disarm`. If it does not run, it does so when it starts.\nSee `nija status`.\n"
    )


def disarm() -> None:
    """End a kill: what was sold stays sold, and entries are possible again."""
    from nija.bootstrap import chosen_home, kill_switch

    was_armed = kill_switch(chosen_home()).disarm()
    sys.stdout.write(
        "Disarmed: entries are possible again.\n"
        if was_armed
        else "There is no kill file; nothing to disarm but a kill by signal or by directive, which"
        " ends with the executor's next turn.\n"
    )


def suspend(*, why: Why, hours: Hours = 24.0) -> None:
    """Enter nothing; exits and stops go on. `resume` ends it before its time."""
    _forbid("suspend", why=why, hours=hours)


def reduce_only(*, why: Why, hours: Hours = 24.0) -> None:
    """Enter nothing, as `suspend` does, but milder: a suspension stays in force beside it."""
    _forbid("reduce_only", why=why, hours=hours)


def resume(*, why: Why) -> None:
    """Lift every suspend and reduce-only, whoever gave it; halts and kills stay."""
    from nija.actions.safety_orders import resume_entries

    _tell(resume_entries(_home(), why=why), "lifts every suspend and reduce-only")


def lift(
    limit: Annotated[str, typer.Argument(help="The halt, such as max_drawdown_halt.")],
    *,
    why: Why,
    yes: Yes = False,
) -> None:
    """Lift a halt of a hard limit that does not end by itself."""
    from nija.actions.safety_orders import halt_to_lift

    home = _home()
    _approve(home, halt_to_lift(home, limit), why=why, yes=yes, done=f"lifts {limit}")


@approve_app.command("limits")
def approve_limits(*, why: Why, yes: Yes = False) -> None:
    """Let the looser limits of config/risk_limits.toml count, as the file is now."""
    from nija.actions.safety_orders import limits_to_approve

    home = _home()
    done = "approves these limits; they count once the executor has read the file, at a start"
    _approve(home, limits_to_approve(home), why=why, yes=yes, done=done)


def _approve(home: "Home", what: "Approvable", *, why: str, yes: bool, done: str) -> None:
    from nija.actions.safety_orders import approve_of

    sys.stdout.write("".join(f"{line}\n" for line in what.told))
    if not yes:
        typer.confirm("Do you want this?", abort=True)
    _tell(approve_of(home, what, why=why), done)


def _forbid(kind: "Kind", *, why: str, hours: float) -> None:
    from nija.actions.safety_orders import forbid_entries
    from nija_domain.market.timeframes import utc_minute

    directive = forbid_entries(_home(), kind, why=why, hours=hours)
    until = utc_minute(directive.expires_us)
    _tell(directive, f"says {kind} until {until} UTC, or until `nija resume`")


def _tell(directive: "Directive", done: str) -> None:
    sys.stdout.write(f"Directive {directive.number} {done}. See `nija status`.\n")


def _home() -> "Home":
    from nija.bootstrap import chosen_home

    return chosen_home()

"""A person's approval, as the executor receives it."""

from nija_domain.events.capital_records import ApprovalDecided
from nija_domain.events.records import DirectiveReceived
from nija_domain.releases.directive import ONCE, decode_directive


def approval_of(event: DirectiveReceived) -> tuple[ApprovalDecided, ...]:
    """The approval in a directive; refused if it came too late, or from nobody who may give it."""
    directive = decode_directive(event.content)
    if directive.kind not in ONCE:
        return ()
    is_timely = not directive.is_expired(event.at_us)
    return (
        ApprovalDecided(
            at_us=event.at_us,
            what=ONCE[directive.kind],
            is_granted=is_timely and directive.given_by == "person",
            directive=event.number,
            why=directive.reason,
            subject=directive.subject,
        ),
    )

"""All our errors. Each message says what happened, to what, and what to do."""


def told(error: BaseException) -> str:
    """What an error says, in characters that a record can hold."""
    text = str(error) or type(error).__name__
    return text.encode(errors="replace").decode()


class NijaError(Exception):
    """An error that the user must read: one sentence with its remedy."""


class SettingsInvalid(NijaError):
    """A setting is unknown, of the wrong type or out of its range."""


class NumberInvalid(NijaError):
    """A value that should be a price, a quantity or a probability is not."""


class NotFound(NijaError):
    """Nothing goes by the name that was given."""


class QuestionInvalid(NijaError):
    """The question cannot be read, or has no answer at the moment."""


class HistoryTooShort(NijaError):
    """There is too little history to learn from or to judge by."""


class FeatureFrozen(NijaError):
    """A feature never changes, so that nothing can be learned from it."""


class CandlesInvalid(NijaError):
    """Candles break the quality rules."""


class EventInvalid(NijaError):
    """A record cannot be read by this version."""


class JournalBroken(NijaError):
    """The journal's hash chain does not hold."""


class JournalHeld(NijaError):
    """Another process writes to this journal."""


class JournalLocked(NijaError):
    """Another process holds SQLite's lock on the journal; nothing was written."""


class LakeBusy(NijaError):
    """Others held the lake's write lock for too long."""


class LakeBroken(NijaError):
    """The lake's files cannot be read, or its folder cannot be written."""


class RecordBroken(NijaError):
    """A record that the pipelines left cannot be read."""


class PlaceUnusable(NijaError):
    """A file or folder cannot be created or written."""


class ReleaseInvalid(NijaError):
    """A release is incomplete, not signed by a trusted key, unreadable or looser than allowed."""


class ReleaseUnreadable(ReleaseInvalid):
    """A release was made by another version and has parts that this one does not know."""


class ProposalInvalid(NijaError):
    """A proposal of the evolution night cannot be made, judged or stored."""


class VenueUnreachable(NijaError):
    """The venue did not answer; nothing was sent that could have an effect."""


class VenueRefused(NijaError):
    """The venue refused the request; it had no effect."""


class FundsRefused(VenueRefused):
    """More was asked for than the account has free."""


class DeadlineRefused(VenueRefused):
    """The order came later than it was wanted until: our clock is behind the venue's."""


class StepsRefused(VenueRefused):
    """The order has the wrong steps or is under a minimum: what is known of the pair is old."""


class OutcomeUnknown(NijaError):
    """The request may or may not have had an effect: look it up, never send it again."""

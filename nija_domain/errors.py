"""The short vocabulary of what can go wrong; each message says what happened and what to do."""


class NijaError(Exception):
    """Something that the user must hear about, said in one sentence with its remedy."""


class SettingsInvalid(NijaError):
    """A setting is unknown, of the wrong type or out of its range."""


class NumberInvalid(NijaError):
    """A number that should become a price, a quantity or a probability is none."""


class NotFound(NijaError):
    """Nothing goes by the name that was given."""


class QuestionInvalid(NijaError):
    """What was asked cannot be read, or has no answer as things stand."""


class HistoryTooShort(NijaError):
    """What has been recorded is too little to learn from or to judge by."""


class FeatureFrozen(NijaError):
    """A feature never changes, so that nothing can be learned from it."""


class CandlesInvalid(NijaError):
    """Candles break the quality contract."""


class EventInvalid(NijaError):
    """A record cannot be read as any event that this version knows."""


class JournalBroken(NijaError):
    """The journal's hash chain does not hold."""


class JournalHeld(NijaError):
    """Another process writes to this journal."""


class LakeBusy(NijaError):
    """The lake's write path stayed taken for longer than the limit."""


class LakeBroken(NijaError):
    """The lake's files cannot be read, or its place cannot be written."""


class RecordBroken(NijaError):
    """A record that the pipelines left cannot be read."""


class PlaceUnusable(NijaError):
    """A folder of ours cannot be made or written."""


class ReleaseInvalid(NijaError):
    """A release is not whole, not signed by a trusted key, not readable or looser than allowed."""


class ReleaseUnreadable(ReleaseInvalid):
    """A release was made by another version, whose parts this one does not know."""


class ProposalInvalid(NijaError):
    """A night's proposal cannot be made, judged or kept."""


class VenueUnreachable(NijaError):
    """The venue gave no answer; nothing was sent that could have an effect."""


class VenueRefused(NijaError):
    """The venue provably refused the request; it had no effect."""


class OutcomeUnknown(NijaError):
    """The request may or may not have had its effect; look it up, never resend."""

"""The presets that compete, and what is known of each."""

from collections.abc import Iterable
from math import isfinite

import msgspec

from nija_domain.errors import ReleaseInvalid
from nija_domain.policies.bandit import CONTEXT_NAMES, Observed, Posterior, fold_rewards, prior
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.shelf import check_choice


class Arms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Choices under config ids for any symbol (`trend:*:aggressive`); beliefs under one symbol's.

    Without choices nothing competes, and the release's own strategy trades.
    """

    choices: tuple[StrategyChoice, ...] = ()
    beliefs: dict[str, Posterior] = {}

    def of_symbol(self, symbol: str) -> dict[str, StrategyChoice]:
        """Each choice as this symbol would trade under it, by config id."""
        named = (
            msgspec.structs.replace(choice, config_id=choice.config_id.replace("*", symbol))
            for choice in self.choices
        )
        return {choice.config_id: choice for choice in named}


def believe(
    beliefs: dict[str, Posterior], rewards: Iterable[tuple[str, Observed]]
) -> dict[str, Posterior]:
    """What is known after these rewards, each for its config id."""
    learned = dict(beliefs)
    for config_id, observed in rewards:
        learned[config_id] = fold_rewards(learned.get(config_id) or prior(), [observed])
    return learned


def check_arms(arms: Arms) -> None:
    """Raises `ReleaseInvalid` if a choice cannot be traded or a belief cannot be continued."""
    for choice in arms.choices:
        check_choice(choice)
    config_ids = [choice.config_id for choice in arms.choices]
    if len(set(config_ids)) < len(config_ids):
        raise ReleaseInvalid(f"arms name a config id twice: {config_ids}; train a new release")
    for config_id, belief in arms.beliefs.items():
        if not _is_sound(belief):
            raise ReleaseInvalid(
                f"the belief of arm {config_id} is not a posterior over {', '.join(CONTEXT_NAMES)};"
                " train a new release"
            )


def _is_sound(belief: Posterior) -> bool:
    width = len(CONTEXT_NAMES)
    numbers = (*belief.shift, *(number for row in belief.precision for number in row))
    return (
        len(belief.shift) == len(belief.precision) == width
        and all(len(row) == width for row in belief.precision)
        and all(map(isfinite, (*numbers, belief.shape, belief.rate)))
        and belief.shape > 0.0
        and belief.rate > 0.0
    )

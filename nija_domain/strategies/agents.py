"""An agent: a strategy with its presets, which trades on positions of its own."""

from collections.abc import Collection

import msgspec

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.position_id import agent_of
from nija_domain.strategies.arms import Arms, check_arms
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.shelf import RULES, check_choice, check_reads, choose_preset, rule_named


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`strategy` is what it trades by where no preset was drawn; `name` begins its config ids."""

    name: str
    strategy: StrategyChoice
    arms: Arms = Arms()


def agent_alone(strategy: StrategyChoice, arms: Arms | None = None) -> tuple[Agent, ...]:
    """The only agent of a release, named by its config id."""
    return (Agent(agent_of(strategy.config_id), strategy, arms or Arms()),)


def shipped_agents(preset: str) -> tuple[Agent, ...]:
    """One agent for each rule strategy, named like it, under this preset."""
    return tuple(Agent(name, choose_preset(name, preset)) for name in RULES)


def choices_of(agent: Agent) -> tuple[StrategyChoice, ...]:
    """Every preset of the agent's strategy."""
    name = agent.strategy.name
    return tuple(choose_preset(name, preset) for preset in rule_named(name).presets)


def check_agents(agents: tuple[Agent, ...], *, feature_names: Collection[str]) -> None:
    """Raises `ReleaseInvalid` if an agent is named twice, or cannot be traded."""
    names = [agent.name for agent in agents]
    if not names or len(set(names)) < len(names):
        raise ReleaseInvalid(
            f"agents are {', '.join(names) or 'none'}; a release needs at least one,"
            " each named once; train a new release"
        )
    for agent in agents:
        check_choice(agent.strategy)
        check_arms(agent.arms)
        for choice in (agent.strategy, *agent.arms.choices):
            check_reads(choice, feature_names)
            if agent_of(choice.config_id) != agent.name or "/" in agent.name:
                raise ReleaseInvalid(
                    f"config id {choice.config_id} of agent {agent.name} must begin with its name"
                    " and a colon, and the name must hold no slash; train a new release"
                )

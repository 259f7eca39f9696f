"""The executor's process: `python -m executor`."""

import asyncio
import gc
import signal
import sys
from pathlib import Path

from executor.bootstrap import (
    chain_followed,
    kill_switch,
    open_exchange,
    open_journal,
    read_program,
    start_session,
)
from executor.turn import turn_until
from nija_domain.errors import NijaError


async def run(config: Path) -> None:
    """Run until SIGTERM or SIGINT; SIGUSR1 kills trading."""
    program = read_program(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    switch = kill_switch(program.home)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, switch.signal, "SIGUSR1")
    with open_journal(program.home.journal) as journal:
        async with open_exchange(program.settings) as exchange:
            session = await start_session(
                program, journal=journal, exchange=exchange, switch=switch
            )
            # What lives now lives to the end: full collections need not look at it again.
            gc.freeze()
            async with chain_followed(program.home.journal, stop=stop):
                await turn_until(session, switch, stop)
            await session.close()


def main() -> int:
    """Run, and return the exit code: 1 after an error, which is printed in one line."""
    config = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("config")
    try:
        asyncio.run(run(config))
    except NijaError as error:
        sys.stderr.write(f"executor: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROBE = """
import json, sys
from nija_adapters.exchange.kraken import KrakenExchange
light = not any(name.startswith("ccxt") for name in sys.modules)
from nija_adapters.exchange.loading import load_exchange_class
kraken = load_exchange_class('kraken')
exchanges = [n for n in sys.modules if n.startswith("ccxt.async_support.") and n.count(".") == 2]
import ccxt, ccxt.async_support
print(json.dumps({
    "light": light,
    "exchanges": sorted(exchanges),
    "kraken": kraken.__module__,
    "same": ccxt.async_support.kraken is kraken,
    "errors": ccxt.BaseError.__module__,
    "other": ccxt.bitvavo.__module__,
}))
"""


def test_kraken_is_loaded_alone_and_the_rest_of_ccxt_is_there_when_asked_for() -> None:
    """Importing the adapter loads nothing of ccxt; loading Kraken loads no other exchange."""
    answer = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert json.loads(answer.stdout) == {
        "light": True,
        "exchanges": ["ccxt.async_support.base", "ccxt.async_support.kraken"],
        "kraken": "ccxt.async_support.kraken",
        "same": True,
        "errors": "ccxt.base.errors",
        "other": "ccxt.bitvavo",
    }

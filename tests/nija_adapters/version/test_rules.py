"""The name of the rules changes with any line of the domain, and with nothing else."""

import shutil
from pathlib import Path

from nija_adapters.version.rules import DOMAIN, rules_fingerprint


def test_the_same_code_has_the_same_name_and_changed_code_another(tmp_path: Path) -> None:
    """Wherever it stands; a changed constant and a new file both count."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(DOMAIN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    same = rules_fingerprint(copy)
    (copy / "market" / "new.py").write_text("")
    grown = rules_fingerprint(copy)
    money = copy / "market" / "money.py"
    money.write_text(money.read_text() + "\n")
    changed = rules_fingerprint(copy)

    assert same == rules_fingerprint()
    assert len({same, grown, changed}) == 3

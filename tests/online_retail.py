"""A real file for tests: every invoice line of a wholesaler for a year (UCI Online Retail, CC BY 4.0).

It is too large to be carried here. As CSV, xz-compressed, it is looked for where ONLINE_RETAIL says, or in
`shared/data` beside the checkout; without it these tests are skipped.
"""

import os
from pathlib import Path

import pytest

FILE = Path(
    os.environ.get("ONLINE_RETAIL")
    or Path(__file__).resolve().parents[2] / "shared" / "data" / "online_retail.csv.xz"
)
MISSING = (
    f"needs UCI's Online Retail (https://doi.org/10.24432/C5BW33) as CSV, xz-compressed, at {FILE}, "
    "or elsewhere and ONLINE_RETAIL=<its path>"
)
needs_online_retail = pytest.mark.skipif(not FILE.exists(), reason=MISSING)

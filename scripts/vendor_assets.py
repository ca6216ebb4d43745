"""Take third-party browser assets out of npm packages into static/vendor/.

Run it by hand when a version or an icon changes: `python scripts/vendor_assets.py`. It needs npm, and
writes static/vendor/manifest.json (name, version, licence, files with SHA-256). Nothing is built: files are
copied as published, except that source map comments are cut (the maps are not shipped, and a manifest
storage refuses a reference to a missing file) and the icons that we use are joined into one sprite.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\n?")
INTER_SUBSETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese")

# One name a line, so that a change shows as a short difference.
ICONS = (Path(__file__).parent / "icons.txt").read_text().split()


@dataclass(frozen=True)
class Package:
    """One npm package and which of its files go where (source path -> path under static/vendor/)."""

    name: str
    version: str
    files: dict[str, str] = field(default_factory=dict)
    licence_text: str = ""


PACKAGES = (
    Package("@tabler/core", "1.6.1", {"dist/css/tabler.min.css": "tabler/tabler.min.css"}),
    Package("htmx.org", "2.0.11", {"dist/htmx.min.js": "htmx/htmx.min.js"}, "LICENSE"),
    Package("chart.js", "4.6.1", {"dist/chart.umd.min.js": "chart/chart.umd.min.js"}, "LICENSE.md"),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        {f"files/inter-{s}-wght-normal.woff2": f"inter/inter-{s}.woff2" for s in INTER_SUBSETS},
        "LICENSE",
    ),
    Package("@tabler/icons", "3.51.0", {}, "LICENSE"),
)


def unpack(package: Package, folder: Path) -> Path:
    """Fetch the package through npm and return the folder of its files."""
    spec = f"{package.name}@{package.version}"
    packed = subprocess.run(
        ["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True
    )
    target = folder / package.name.replace("/", "-")
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def write(path: str, content: bytes) -> dict[str, str]:
    """Write one vendored file; return its manifest line."""
    target = VENDOR / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return {"path": path, "sha256": hashlib.sha256(content).hexdigest()}


def sprite(folder: Path) -> bytes:
    """Join the outline icons that we use into one SVG of symbols, 24 units square, stroke set by CSS."""
    symbols = []
    for name in sorted(ICONS):
        svg = (folder / "icons" / "outline" / f"{name}.svg").read_text()
        shapes = re.findall(r"<(?:path|circle|rect|line|polyline|polygon|ellipse)\b[^>]*/>", svg)
        drawn = "".join(shape for shape in shapes if 'stroke="none"' not in shape)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def vendor(package: Package, folder: Path) -> dict[str, object]:
    """Copy one package's files; return its manifest entry."""
    source = unpack(package, folder)
    files = []
    for origin, target in package.files.items():
        content = (source / origin).read_bytes()
        files.append(write(target, content if target.endswith("woff2") else SOURCE_MAP.sub(b"\n", content)))
    if package.name == "@tabler/icons":
        files.append(write("icons/sprite.svg", sprite(source)))
    if package.licence_text:
        home = Path(files[0]["path"]).parent
        files.append(write(f"{home}/LICENSE.txt", (source / package.licence_text).read_bytes()))
    licence = json.loads((source / "package.json").read_text())["license"]
    return {"name": package.name, "version": package.version, "licence": licence, "files": files}


def main() -> None:
    """Vendor everything and write the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        entries = [vendor(package, Path(folder)) for package in PACKAGES]
    write("manifest.json", (json.dumps(entries, indent=2) + "\n").encode())


if __name__ == "__main__":
    main()

"""What the browser loads: vendored as listed, every icon there, nothing that a strict policy refuses."""

import hashlib
import json
import re
from pathlib import Path

from desk.templatetags.drawings import ENTRY_ICONS

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"{#.*?#}")


def text(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def test_every_vendored_file_is_in_the_manifest_and_unchanged():
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    listed = {file["path"]: file["sha256"] for package in manifest for file in package["files"]}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == listed
    assert all(package["licence"] and package["version"] for package in manifest)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons" / "sprite.svg").read_text()))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r'{% icon "([^"]+)"|sprite\.svg\' %}#([a-z0-9-]+)', text(path))
    }
    assert {first or second for first, second in named} <= sprite
    assert set(ENTRY_ICONS.values()) | {"note"} <= sprite


# What leaves the house carries its style with it: a letter, and the file of what is known of a person. No scripts.
LEAVE_THE_HOUSE = {
    "templates/privacy/export.html",
    "templates/public/mail/letter.html",
    "templates/public/mail/message.html",
}


def test_no_template_carries_inline_style_handler_or_script():
    active = r"\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\ssrc=)|hx-vals='js"
    assert {
        name: found
        for path in TEMPLATES
        if (name := str(path.relative_to(ROOT)))
        and (
            found := re.findall(
                active if name in LEAVE_THE_HOUSE else rf"\sstyle=|<style|{active}", text(path)
            )
        )
    } == {}


def test_no_template_outgrows_150_lines():
    assert {path.name: n for path in TEMPLATES if (n := len(path.read_text().splitlines())) > 150} == {}


def test_every_htmx_request_names_its_target():
    lost = [
        (path.name, tag)
        for path in TEMPLATES
        for tag in re.findall(r"<[^>]*\shx-(?:get|post)=[^>]*>", text(path))
        if "hx-target=" not in tag and 'hx-swap="none"' not in tag
    ]
    assert lost == []


def test_htmx_is_told_to_be_strict():
    config = json.loads(
        re.search(r"name=\"htmx-config\" content='([^']+)'", (ROOT / "templates/base.html").read_text())[1]
    )
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["historyCacheSize"] == 0

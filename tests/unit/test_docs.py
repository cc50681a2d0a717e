"""The written house: links lead somewhere, commands and tests that are named exist, generated pages are fresh."""

import ast
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.apps import apps
from docs import pages

from entrepot.cli.main import cli

ROOT = Path(__file__).parents[2]
SKIPPED = {".git", ".venv", ".tools", "var", "out", "node_modules"}
GROUPS = {"K": 60, "B": 47, "A": 31, "T": 48, "D": 51}
# What a page of the project must not speak of: places and tools of the machine it was written on, registries, tickets.
FORBIDDEN = (
    r"/work\b",
    r"/root\b",
    r"\.\./shared",
    r"/tmp/\w",
    r"pypi\.org|files\.pythonhosted|registry\.npmjs|artifactory|nexus/repository|simple/\"?$",
    r"\bissue #\d+",
    r"\bclaude\b|\banthropic\b|\bchatgpt\b|\bcopilot\b",
)


def written_pages() -> list[Path]:
    found = [path for path in ROOT.rglob("*.md") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


PAGES = {str(path.relative_to(ROOT)): path for path in written_pages()}


def prose(text: str) -> str:
    """The page without its code, where a bracket is no link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@cache
def functions_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_exist(name: str) -> None:
    page = PAGES[name]
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / unquote(path)).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_every_command_a_page_names_exists(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^|\s|bin/)entrepot ([a-z][a-z-]+)(?=[\s`]|$)", "\n".join(code_of(text))))
    assert named - set(cli.commands) == set()


def code_of(text: str) -> list[str]:
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return blocks + re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_a_page_names_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = re.findall(r"(?:^|\s)make ([a-z-]+)", "\n".join(code_of(PAGES[name].read_text(encoding="utf-8"))))
    assert set(named) - targets == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_of_the_project_alone(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    found = [match[0] for pattern in FORBIDDEN for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE)]
    assert found == []


@pytest.mark.parametrize("name", pages.pages())
def test_a_generated_page_is_fresh(name: str) -> None:
    written = (pages.REFERENCE / name).read_text(encoding="utf-8")
    assert written == pages.pages()[name], "Write it again: .venv/bin/python -m docs"


def variables_read() -> set[str]:
    """Names of our own environment variables in the sources, found by their spelling."""
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"\"((?:ENTREPOT_[A-Z_]+[A-Z])|DATABASE_URL|PG_BIN)\"", text))
    names |= {f"ENTREPOT_{name.upper()}" for name in re.findall(r"_secret\(\"(\w+)\"\)", settings_text())}
    return names - {"ENTREPOT_RUN"}  # a mark on our own processes, never set by a person


def settings_text() -> str:
    return (ROOT / "src/entrepot/settings.py").read_text(encoding="utf-8")


def test_the_settings_page_names_every_variable_that_is_read_and_no_other() -> None:
    text = (pages.REFERENCE / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, flags=re.MULTILINE)) == variables_read()


def requirement_rows() -> list[tuple[str, str, str]]:
    """(id, requirement, status) of each row, in the page's order."""
    text = (pages.REFERENCE / "requirements.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([KBATD]-\d\d) \| (.+?) \| (.+?) \|$", text, flags=re.MULTILINE)


def test_each_of_the_237_requirements_stands_on_the_page_once() -> None:
    expected = [f"{group}-{number:02}" for group, most in GROUPS.items() for number in range(1, most + 1)]
    assert [row[0] for row in requirement_rows()] == expected
    assert len(expected) == 237


def test_every_test_that_proves_a_requirement_exists() -> None:
    missing = []
    for number, _, status in requirement_rows():
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", status):
            file = ROOT / path
            if not file.is_file() or name not in functions_of(file) or not name.startswith("test_"):
                missing.append(f"{number}: {path}::{name}")
    assert missing == []


def test_every_requirement_is_proven_by_a_test_or_says_not_yet() -> None:
    vague = [n for n, _, status in requirement_rows() if not status.startswith(("`tests/", "not yet"))]
    assert vague == []


def test_the_summary_counts_what_the_rows_say() -> None:
    text = (pages.REFERENCE / "requirements.md").read_text(encoding="utf-8")
    found = {}
    for group in GROUPS:
        rows = [status for number, _, status in requirement_rows() if number.startswith(group)]
        found[group] = (len(rows), sum(status.startswith("`tests/") for status in rows))
    told = re.findall(r"^\| ([KBATD]) \| [^|]+ \| (\d+) \| (\d+) \|$", text, flags=re.MULTILINE)
    assert {group: (int(count), int(proven)) for group, count, proven in told} == found


def test_every_dependency_has_a_line_of_its_own() -> None:
    wanted: set[str] = set()
    for path in (ROOT / "requirements").glob("*.in"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if name := re.match(r"[a-z][\w.-]*", line):
                wanted.add(name[0])
    text = (ROOT / "docs/adr/dependencies.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w.-]+)` \|", text, flags=re.MULTILINE)) == wanted


def test_every_table_has_a_word_in_the_glossary() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (pages.REFERENCE / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = set(re.findall(r"\w+", " ".join(rows)))
    rooms = ("core", "connections", "catalog", "inventory", "orders", "parcels")
    tables = {model.__name__ for room in rooms for model in apps.get_app_config(room).get_models()}
    assert tables - words == set()

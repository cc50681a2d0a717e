"""Reads every statement the tests send and refuses those that would not scale out to a cluster.

The rules are those of the tenant schema: the organization's constant stands on every tenant table of every scope, inside
each subquery and LATERAL too. A table joined by `organization_id` to one that has the constant in the same scope has it.
Statements of the system scope (sign-in, sweepers) look across organizations on purpose and are not read.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<text>E?'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<param>%\(\w+\)s|%s|\$\d+)
  | (?P<name>"(?:[^"]|"")+"|[A-Za-z_]\w*)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<sign>::|<>|<=|>=|!=|\|\||->>|->|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
COLUMN = "organization_id"
SETS = {"union", "intersect", "except"}
BEFORE_TABLE = {"from", "join", ",", "update", "only", "using"}
NOT_AN_ALIAS = {
    "as", "on", "where", "set", "join", "left", "right", "inner", "full", "cross", "natural", "group", "order", "limit",
    "for", "using", "returning", "having", "union", "values", "lateral", "offset", "window", "from",
}  # fmt: skip
VOLATILE = {"clock_timestamp", "random", "gen_random_uuid", "statement_timestamp", "timeofday"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # name, param, number, text, sign
    text: str  # names in lower case and without quotes


Node = "Token | list[Node]"


def tokens_of(statement: str) -> Iterator[Token]:
    for found in TOKEN.finditer(statement):
        kind = str(found.lastgroup if found.lastgroup != "tag" else "text")
        if kind != "space":
            text = found[0]
            yield Token(kind, text.strip('"').lower() if kind == "name" else text)


def tree_of(statement: str) -> list[Any]:
    """Tokens, with each pair of parentheses as a list of its own."""
    stack: list[list[Any]] = [[]]
    for token in tokens_of(statement):
        if token.text == "(":
            stack.append([])
        elif token.text == ")" and len(stack) > 1:
            inner = stack.pop()
            stack[-1].append(inner)
        else:
            stack[-1].append(token)
    return stack[0]


def word(node: Any) -> str:
    return node.text if isinstance(node, Token) and node.kind in {"name", "sign"} else ""


def is_query(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and (word(node[0]) in {"select", "with"} or is_query(node[0]))


def queries_in(nodes: list[Any]) -> Iterator[list[Any]]:
    """The subqueries right inside a scope, however many plain parentheses deep."""
    for node in nodes:
        if is_query(node):
            yield node
        elif isinstance(node, list):
            yield from queries_in(node)


def flat(nodes: list[Any]) -> list[Any]:
    """A scope without its subqueries: plain parentheses opened, subqueries left as one node each."""
    out: list[Any] = []
    for node in nodes:
        if isinstance(node, list) and not is_query(node):
            out += [Token("sign", "("), *flat(node), Token("sign", ")")]
        else:
            out.append(node)
    return out


def parts_of(scope: list[Any]) -> Iterator[list[Any]]:
    """A scope cut at UNION and its like."""
    part: list[Any] = []
    for node in scope:
        if word(node) in SETS:
            yield part
            part = []
        else:
            part.append(node)
    yield part


def tables_in(line: list[Any], tenant: frozenset[str]) -> dict[str, str]:
    """alias -> tenant table, of one flattened scope."""
    found: dict[str, str] = {}
    for n, node in enumerate(line):
        if word(node) not in tenant or n == 0 or word(line[n - 1]) not in BEFORE_TABLE:
            continue
        after = [word(x) for x in line[n + 1 : n + 3]] + ["", ""]
        if after[0] == "." or (word(line[n - 1]) == "," and after[0] in {"=", ")"}):
            continue
        alias = after[1] if after[0] == "as" else after[0]
        plain = alias.isidentifier() and alias not in NOT_AN_ALIAS
        found[alias if plain else node.text] = node.text
    return found


def _operand(line: list[Any], n: int) -> tuple[str, str] | None:
    """What stands at n: ("column", alias or "") of organization_id, or ("constant", "")."""
    if n < 0 or n >= len(line):
        return None
    node = line[n]
    if isinstance(node, Token) and node.kind in {"param", "number"}:
        return ("constant", "")
    if word(node) == COLUMN:
        return ("column", word(line[n - 2]) if n >= 2 and word(line[n - 1]) == "." else "")
    return None


def held_aliases(line: list[Any], aliases: set[str]) -> set[str]:
    """Aliases whose organization is a constant here, directly or by a join to one that has it."""
    only = next(iter(aliases)) if len(aliases) == 1 else None
    held: set[str] = set()
    equal: list[set[str]] = []
    for n, node in enumerate(line):
        if word(node) != COLUMN:
            continue
        _, alias = _operand(line, n) or ("", "")
        mine = alias or only
        if mine not in aliases:
            continue
        start = n - 2 if alias else n
        after, before = line[n + 1 : n + 4], line[max(0, start - 2) : start]
        if after and word(after[0]) == "=":
            right = line[n + 2 :]
            if right and isinstance(right[0], Token) and right[0].kind in {"param", "number"}:
                held.add(mine)
            elif len(right) > 2 and word(right[1]) == "." and word(right[2]) == COLUMN:
                equal.append({mine, word(right[0])})
            elif right and word(right[0]) == "any":
                held.add(mine)
        elif after and word(after[0]) == "in":
            held.add(mine)
        if len(before) == 2 and word(before[1]) == "=" and before[0].kind in {"param", "number"}:
            held.add(mine)
        if word(line[start - 1]) == "(" and _row_comparison(line, n):
            held.add(mine)
    grown = True
    while grown:
        grown = False
        for pair in equal:
            if pair & held and not pair <= held:
                held |= pair
                grown = True
    return held


def _row_comparison(line: list[Any], n: int) -> bool:
    """(organization_id, id) = (%s, …) or IN ((%s, …), …)."""
    close = next((k for k in range(n, len(line)) if word(line[k]) == ")"), len(line))
    after = [word(x) for x in line[close + 1 : close + 3]]
    values = [x for x in line[close + 2 : close + 6] if isinstance(x, Token) and x.kind in {"param", "number"}]
    return len(after) == 2 and after[0] in {"=", "in"} and after[1] == "(" and bool(values)


def read_scope(scope: list[Any], tenant: frozenset[str]) -> Iterator[str]:
    for inner in queries_in(scope):
        yield from read_scope(inner, tenant)
    for part in parts_of(scope):
        line = flat(part)
        tables = tables_in(line, tenant)
        held = held_aliases(line, set(tables))
        for alias, table in tables.items():
            if alias not in held:
                yield f"{table} AS {alias} has no constant {COLUMN}"


def all_words(nodes: list[Any]) -> list[str]:
    return [
        w for node in nodes for w in ([*(("(",)), *all_words(node), ")"] if isinstance(node, list) else [word(node)])
    ]


def problems(statement: str, tenant: frozenset[str]) -> list[str]:
    tree = tree_of(statement)
    first = word(tree[0]) if tree else ""
    if first == "merge":
        return ["MERGE"]
    if first not in {"select", "with", "insert", "update", "delete"}:
        return []
    words = all_words(tree)
    if not tenant & set(words):
        return []
    found = list(read_scope(tree, tenant))
    text = " ".join(words)
    if "for update" in text:
        found.append("FOR UPDATE where FOR NO KEY UPDATE is enough")
    if "= ( select" in text:
        found.append("a value compared with a subselect: = (SELECT …)")
    if first == "insert":
        found += _insert_problems(tree, words)
    if first == "update":
        found += _set_problems(tree)
    return found


def _insert_problems(tree: list[Any], words: list[str]) -> Iterator[str]:
    top = [word(node) for node in tree]
    if "select" in top and "returning" not in top and "conflict" not in top:
        yield "INSERT … SELECT without RETURNING or ON CONFLICT"
    if "values" in top and any(True for _ in queries_in(tree)):
        yield "a subselect in VALUES"
    if "conflict" in top:
        done = words[words.index("conflict") :]
        if "now" in done or VOLATILE & set(done):
            yield "a volatile function in DO UPDATE"


def _set_problems(tree: list[Any]) -> Iterator[str]:
    top = [word(node) for node in tree]
    start = top.index("set")
    end = next((n for n in range(start, len(top)) if top[n] in {"from", "where", "returning"}), len(top))
    clause = top[start + 1 : end]
    for n, name in enumerate(clause):
        if name == COLUMN and (n == 0 or clause[n - 1] == ",") and clause[n + 1] == "=":
            yield f"SET {COLUMN}"
    if VOLATILE & set(all_words(tree[start:end])):
        yield "a volatile function in UPDATE"


@lru_cache(maxsize=1)
def tenant_tables() -> frozenset[str]:
    from entrepot.core.tenancy import tenant_models

    return frozenset(model._meta.db_table for model in tenant_models())


@lru_cache(maxsize=20_000)
def verdict(statement: str) -> tuple[str, ...]:
    return tuple(problems(statement, tenant_tables()))


_open: ContextVar[bool] = ContextVar("statements_unread", default=False)


@contextmanager
def unguarded() -> Iterator[None]:
    """For tests that attack on purpose."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def guard(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
    from entrepot.core.scope import _current

    scope = _current.get()
    if not _open.get() and not (scope and scope.system):
        said = verdict(statement)
        assert not said, f"{'; '.join(said)}\n{statement}"
    return execute(statement, params, many, context)


def watch(connection: Any, **_: Any) -> None:
    """Signal handler: every new connection of this process is read."""
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)

#!/usr/bin/env python3
"""Checks the structure of the workspace: which crate may depend on which, and that no source files import each other in a circle.

Usage: scripts/check-imports.py [CRATE...]    without arguments: all crates
Prints one line per violation. Exit status 1: there are violations.

A file's imports are its `use` declarations and inline paths that lead to another file of the same crate. A re-export is not an
import: its users import the file that defines the item. A file with child modules counts item by item: a child may import
from it what it defines without that child. Unit tests (`#[cfg(test)]`) are not checked.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# Crates that each crate may depend on. Tests and benchmarks are outside: nothing depends on them.
ALLOWED = {
    "winauth": set(),
    "bookstore-libkrb5": set(),
    "bookstore-kerberos": {"bookstore-libkrb5", "winauth"},
    "bookstore-db": {"bookstore-kerberos"},
    "bookstore-gmsa": {"bookstore-kerberos"},
    "bookstore-doctor": {"bookstore-db", "bookstore-kerberos"},
    "bookstore-web": {"bookstore-db", "bookstore-doctor", "bookstore-gmsa", "bookstore-kerberos"},
    "sql-server-stand-in": set(),
    "bookstore-fuzz-targets": {"bookstore-db", "bookstore-gmsa", "bookstore-kerberos", "bookstore-web"},
    "bookstore-instructions": {"bookstore-db", "bookstore-web"},
    "bookstore-bench": {"bookstore-db", "sql-server-stand-in"},
    "bookstore-tests": {"bookstore-db", "bookstore-kerberos", "sql-server-stand-in"},
}
SQL = {"tiberius", "rusqlite", "bb8"}
HTTP = {"axum", "hyper", "tower-http"}
# External crates that a crate must not use.
FORBIDDEN = {
    "bookstore-kerberos": SQL | HTTP,
    "bookstore-gmsa": SQL | HTTP,
    "bookstore-db": HTTP,
    "bookstore-doctor": HTTP,
}

# Comments, string and character literals. A lifetime ('a without a closing quote) is not one.
NOISE = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | b?r(\#*)".*?"\1 | b?"(?:[^"\\]|\\.)*" | b?'(?:[^'\\\n]|\\[^\n]+?)'""", re.DOTALL | re.VERBOSE
)
MODULE = re.compile(r'(?:#\[path = "([^"]+)"\]\s*)?(?:pub(?:\([^)]*\))?\s+)?\bmod\s+(\w+)\s*;')
USE = re.compile(r"(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);")
ITEM = re.compile(
    r"\b(?:(?:struct|enum|union|trait|type|const|static|fn|macro_rules!)\s+(\w+)|impl\b(?:<[^{]*?>)?\s*(?:[^{;]*?\bfor\s+)?&?(?:\w+::)*(\w+))"
)
PATH = re.compile(r"(?<![\w:.])\w+(?:\s*::\s*\w+)+")


def without_blocks(text, opening):
    """The text without the items that start with `opening`, up to the brace that closes the block or the semicolon that ends the item."""
    while match := re.search(opening, text):
        depth, end = 0, match.end()
        while end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
            if depth == 0 and text[end - 1] in "};":
                break
        text = text[: match.start()] + text[end:]
    return text


def names_in(tree):
    """The paths of a use tree, as (segments, local name). The local name of a glob is `*`."""
    tree = tree.strip()
    if "{" in tree:
        head, body = tree.split("{", 1)
        prefix = [part for part in re.split(r"\s*::\s*", head.strip()) if part]
        depth, item = 0, ""
        for c in body.rsplit("}", 1)[0] + ",":
            depth += {"{": 1, "}": -1}.get(c, 0)
            if c == "," and depth == 0:
                for segments, local in names_in(item) if item.strip() else []:
                    yield prefix + segments, local
                item = ""
            else:
                item += c
        return
    path, _, alias = tree.partition(" as ")
    segments = [part for part in re.split(r"\s*::\s*", path.strip()) if part]
    yield segments, alias.strip() or segments[-1]


class Module:
    """A source file with its place in the module tree, its imports, and what it re-exports."""

    def __init__(self, file, parent):
        self.file, self.parent, self.children, self.exports = file, parent, {}, {}
        text = file.read_text()
        quiet = NOISE.sub(lambda match: match.group() if is_path_attribute(text, match.start()) else " ", text)
        quiet = without_blocks(quiet, r"#\[cfg\((?:test|doctest)\)\]")
        own_folder = file.parent if file.stem in ("lib", "main", "mod") else file.with_suffix("")
        for path, name in MODULE.findall(quiet):
            candidates = [file.parent / path] if path else [own_folder / f"{name}.rs", own_folder / name / "mod.rs"]
            found = next((candidate for candidate in candidates if candidate.exists()), None)
            if found:
                self.children[name] = Module(found, self)
        self.uses = [(bool(public), *name) for public, tree in USE.findall(quiet) for name in names_in(tree)]
        self.body = MODULE.sub("", USE.sub("", quiet))
        for public, segments, local in self.uses:
            if public:
                self.exports.setdefault(local, []).append(segments)

    def all(self):
        yield self
        for child in self.children.values():
            yield from child.all()

    def root(self):
        return self.parent.root() if self.parent else self

    def resolve(self, segments, seen=()):
        """The file that defines what a path names; None if it is outside the crate."""
        first, *rest = segments
        if first == "crate":
            return self.root().find(rest, seen)
        if first == "self":
            return self.find(rest, seen)
        if first == "super":
            return self.parent.resolve(["self", *rest], seen) if self.parent else None
        if first in self.children:
            return self.children[first].find(rest, seen)
        return None

    def find(self, segments, seen):
        """The file that defines an item below this module. Follows re-exports."""
        if segments and segments[0] == "super":
            return self.resolve(segments, seen)
        if not segments or (self, segments[0]) in seen:
            return self
        first, *rest = segments
        if first in self.children:
            return self.children[first].find(rest, seen)
        for target in self.exports.get(first, []):
            found = self.resolve([*target, *rest], (*seen, (self, first)))
            if found:
                return found
        if not re.search(rf"\b{first}\b", self.body):
            for target in self.exports.get("*", []):
                found = self.resolve([*target[:-1], first], (*seen, (self, first)))
                if found and found is not self and re.search(rf"\b{first}\b", found.body):
                    return found
        return self

    def items(self):
        """The top-level items of a file with child modules, by name; for other files the whole file as one item. An `impl` is
        an item of its own: importing a type does not import its methods."""
        if not self.children:
            return {"": self.body}
        items, start, depth = {}, 0, 0
        for at, c in enumerate(self.body):
            depth += {"{": 1, "}": -1}.get(c, 0)
            if depth == 0 and c in "};":
                text = self.body[start : at + 1]
                start = at + 1
                if match := ITEM.search(text):
                    name = match[1] or f"impl {match[2]}"
                    items[name] = items.get(name, "") + text
        return items

    def imports(self, text):
        """What the text of an item imports: modules, and items of modules with children."""
        names = {local: segments for public, segments, local in self.uses if local != "*"}
        for name in set(re.findall(r"\b[A-Za-z_]\w*", text)):
            if name in names:
                yield self.resolve(names[name]), names[name][-1]
            elif self.children and name in self.items():
                yield self, name
        for _, segments, local in self.uses:
            if local == "*":
                yield self.resolve(segments[:-1]), ""
        for path in PATH.findall(text):
            segments = re.split(r"\s*::\s*", path)
            found = self.resolve(segments)
            # The item is the first segment that is not a module: Type in module::Type::method.
            yield found, next((segment for segment in segments if found and found.children and segment in found.items()), "")

    def edges(self):
        """The import graph of the file: from (file, item) to all (file, item) that the item imports."""
        for name, text in self.items().items():
            targets = set()
            for module, item in self.imports(text):
                if module:
                    node = (module, item if module.children and item in module.items() else "")
                    targets |= {node} - {(self, name)}
            yield (self, name), targets


def is_path_attribute(text, start):
    return text[:start].endswith("#[path = ")


def circles(graph):
    """The strongly connected components of more than one node (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in index:
                visit(target)
            if target in stack:
                low[node] = min(low[node], low[target])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(component)

    for node in graph:
        if node not in index:
            visit(node)
    return found


def violations(package, workspace):
    name, folder = package["name"], Path(package["manifest_path"]).parent
    for dependency in package["dependencies"]:
        target = dependency["name"]
        if dependency["kind"] == "dev":
            continue
        if target in workspace and target not in ALLOWED.get(name, set()):
            yield f"{name} must not depend on {target}"
        if target in FORBIDDEN.get(name, set()):
            yield f"{name} must not use {target}"
    if name not in ALLOWED:
        yield f"{name} is not in the list of crates: add it to ALLOWED in scripts/check-imports.py"
    for target in package["targets"]:
        if {"lib", "bin"} & set(target["kind"]):
            modules = list(Module(Path(target["src_path"]), None).all())
            graph = {node: targets for module in modules for node, targets in module.edges()}
            for component in circles(graph):
                files = sorted({str(module.file.relative_to(folder)) for module, _ in component})
                if len(files) > 1:
                    yield f"{name}: files import each other in a circle: {', '.join(files)}"


def main(chosen):
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]
    workspace = {package["name"] for package in packages}
    if unknown := set(chosen) - workspace:
        sys.exit(f"not a crate of this workspace: {', '.join(sorted(unknown))}")
    lines = [line for package in packages if not chosen or package["name"] in chosen for line in violations(package, workspace)]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

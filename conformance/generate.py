#!/usr/bin/env python3
"""Writes vectors/ and rfc8785/ from the recipes.

    python3 generate.py            write every file, remove what no recipe names
    python3 generate.py --check    change nothing; fail if a file differs

The result depends on nothing but the recipes. What is expected stands in them,
written by hand: a verifier that is wrong must not be able to agree with itself.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from recipes import canonical, chain, names, schema, shape, text, values

HERE = Path(__file__).resolve().parent
SUBJECTS = (chain, text, shape, schema, values, names)


def files():
    """Returns the content of every generated file by its path below HERE."""
    content = {}
    for subject in SUBJECTS:
        for vector in subject.VECTORS:
            folder = f"vectors/{vector.name}"
            if f"{folder}/log.jsonl" in content:
                sys.exit(f"two recipes are named {vector.name}")
            content[f"{folder}/log.jsonl"] = vector.log
            content[f"{folder}/expect.json"] = expectation(vector)
    for name, cases in canonical.FILES.items():
        lines = ",\n".join(" " + json.dumps(case) for case in cases)
        content[f"rfc8785/{name}"] = f"[\n{lines}\n]\n".encode()
    return content


def expectation(vector):
    """Writes expect.json with each finding on a line of its own, to keep it readable."""
    members = []
    for key, value in {"description": vector.description, **vector.expect}.items():
        if isinstance(value, list) and value:
            value = "[\n" + ",\n".join("    " + json.dumps(item) for item in value) + "\n  ]"
        else:
            value = json.dumps(value)
        members.append(f'  "{key}": {value}')
    return ("{\n" + ",\n".join(members) + "\n}\n").encode()


def present():
    return {path.relative_to(HERE).as_posix(): path.read_bytes()
            for folder in ("vectors", "rfc8785") for path in (HERE / folder).rglob("*") if path.is_file()}


def check(content):
    old = present()
    different = sorted(path for path in content.keys() | old.keys() if content.get(path) != old.get(path))
    for path in different:
        state = "missing" if path not in old else "not generated" if path not in content else "different"
        print(f"{path}: {state}")
    print(f"{len(content)} files, {len(different)} wrong")
    return 1 if different else 0


def write(content):
    for folder in ("vectors", "rfc8785"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    for path, data in content.items():
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_bytes(data)
    print(f"{len(content)} files written")
    return 0


def main():
    parser = argparse.ArgumentParser(description="Write the conformance vectors")
    parser.add_argument("--check", action="store_true", help="compare byte for byte, write nothing")
    args = parser.parse_args()
    return check(files()) if args.check else write(files())


if __name__ == "__main__":
    sys.exit(main())

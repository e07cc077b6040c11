#!/usr/bin/env python3
"""Tries the API as its document describes it, as two people of different organizations, with schemathesis.

    target/python/bin/python bench/contract.py [--binary target/debug/rolecall] [--examples 3]

Starts the demo (the limits on failures and requests are raised for this, and said so in the line printed) and lets
schemathesis call every operation with what its schema allows and what it does not: first as Carla, the owner of Cobalt,
then as Dora, the owner of Delta. Ids in paths and bodies are exchanged for real ones, of one's own organization and of
the other. Fails on any answer that is a fault, that the document does not name for the operation, or whose body is not as
the document says, and on any that holds something of the other organization which the request did not say itself.

The first two calls of each operation and a third of the others are made likely to succeed (`contract_known.py`): with a body that fits, with records made for the call,
and what would end a session by somebody made for it. The run fails if an operation that it knows how to call never
succeeded. `contract_hooks.py` is what schemathesis loads.

The seed is fixed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contract_known import Person, UNKNOWN, holdings

SEED = 20_260
CHECKS = "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
PEOPLE = [("team", "Carla Nunes"), ("projects", "Dora Novak")]


def marks(organization, ids):
    """What in an answer would tell something of the organization: ids, addresses, names of its people and bots."""
    people = [text for one in organization["people"] for text in (one["name"], one["email"])]
    named = [organization["name"], *people, *(one["name"] for one in organization["bots"])]
    return sorted({*named, *(one for all_of_kind in ids.values() for one in all_of_kind)})


def run(options, demo, number):
    sides = []
    for preset, name in PEOPLE:
        organization = next(one for one in demo["organizations"] if one["preset"] == preset)
        email = next(one["email"] for one in organization["people"] if one["name"] == name)
        person = Person(demo["url"])
        person.sign_in(email, demo["password"])
        sides.append((organization, person, holdings(person, organization)))
    (own_side, person, own), (theirs, _, foreign) = sides[number], sides[1 - number]
    context = {
        "url": demo["url"],
        "cookie": person.cookie,
        "password": demo["password"],
        "people": own_side["people"],
        "own": own,
        "foreign": foreign,
        "marks": marks(theirs, foreign),
        "seed": SEED + number,
    }
    with tempfile.TemporaryDirectory() as folder:
        context_file = Path(folder, "context.json")
        context_file.write_text(json.dumps(context))
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "contract_hooks",
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CONTRACT_CONTEXT": str(context_file),
        }
        command = [str(Path(sys.executable).parent / "st"), "run", f"{demo['url']}/api/openapi.json"]
        command += ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(options.examples), "--workers", "1"]
        command += ["--seed", str(SEED + number), "--checks", f"{CHECKS},no_fault,nothing_of_others", "--no-shrink"]
        command += ["--warnings", "off", "--continue-on-failure"]
        command += ["-H", "Sec-Fetch-Site: same-origin", "--request-timeout", "30", "--suppress-health-check", "all"]
        began = time.monotonic()
        ended = subprocess.run(command, env=environment, cwd=folder, check=False)
        answered = json.loads(Path(folder, "answered.json").read_text())
    seconds = round(time.monotonic() - began)
    if options.verbose:
        print(json.dumps(answered, indent=1))
    status, me, _ = person.send("GET", "/api/v1/me")
    if status != 200:
        sys.exit(f"the session did not last: {status} {me}")
    failed = {name for name, statuses in answered.items() if not any(status < 300 for status in statuses)}
    result = {"code": ended.returncode, "seconds": seconds, "operations": len(answered)}
    return {**result, "succeeded": len(answered) - len(failed), "never": sorted(failed - set(UNKNOWN))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/debug/rolecall")
    parser.add_argument("--examples", type=int, default=3)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    limits = ["--rate-limit", "0", "--failures-per-account", "1000000", "--failures-per-address", "1000000"]
    command = [options.binary, "demo", "--json", "--listen", "127.0.0.1:0", *limits]
    environment = {**os.environ, "ROLECALL_LOG": "error"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        demo = json.loads(server.stdout.readline())
        with ThreadPoolExecutor() as both:
            runs = list(both.map(lambda number: run(options, demo, number), range(len(PEOPLE))))
    finally:
        server.terminate()
        server.wait()
    failed = [name for (_, name), one in zip(PEOPLE, runs) if one["code"] != 0]
    never = sorted(set.intersection(*(set(one.pop("never")) for one in runs)))
    told = {"contract": "the API as documented", "failed_as": failed, "never_succeeded": never, "limits": "raised"}
    print(json.dumps({**told, "runs": runs}))
    sys.exit(1 if failed or never else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Tries the API as its document describes it, as two people of different organizations, with schemathesis.

    target/python/bin/python bench/contract.py [--binary target/debug/rolecall] [--examples 6]

Starts the demo (the limits on failures and requests are raised for this, and said so in the line printed) and lets
schemathesis call every operation with what its schema allows and what it does not: first as Carla, the owner of Cobalt,
then as Dora, the owner of Delta. Ids in paths and bodies are exchanged for real ones, of one's own organization and of
the other. Fails on any answer that is a fault, that the document does not name for the operation, or whose body is not as
the document says, and on any that holds something of the other organization which the request did not say itself.

Left out is what would end the run rather than tell something: signing out and ending the present session, deleting the
organization, requiring a second factor of oneself, handing sign-on over to an identity provider. What is deleted is made
for it first.

The seed is fixed. The same file is what schemathesis loads for its hooks.
"""

import argparse
import atexit
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SEED = 20_260
CHECKS = "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
PEOPLE = [("team", "Carla Nunes"), ("projects", "Dora Novak")]
LEFT_OUT = ["sign_out", "delete_organization", "set_single_sign_on"]
LISTS = ["users", "roles", "bots", "invitations", "partners", "access-requests", "departures"]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# The card of a published bot is for everybody.
PUBLIC = ["find_public_card"]


class Person:
    """Somebody signed in."""

    def __init__(self, url, cookie=None):
        self.url = url
        self.cookie = cookie

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        request.add_header("Sec-Fetch-Site", "same-origin")
        request.add_header("Content-Type", "application/json")
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                cookies = answer.headers.get_all("Set-Cookie") or []
                text = answer.read()
                return answer.status, json.loads(text or b"null"), cookies
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null"), []

    def sign_in(self, email, password):
        status, answer, cookies = self.send("POST", "/api/v1/session", {"email": email, "password": password})
        if status != 201:
            sys.exit(f"{email} cannot sign in: {answer}")
        self.cookie = next(one for one in cookies if "session=" in one).split(";")[0]


def holdings(person, organization):
    """Ids of everything in an organization, by what paths call them."""
    path = f"/api/v1/organizations/{organization['id']}"
    ids = {"org": [organization["id"]], "user": [one["user_id"] for one in organization["people"]]}
    for name, key in zip(LISTS, ["user", "role", "bot", "invitation", "partner", "request", "departure"]):
        _, answer, _ = person.send("GET", f"{path}/{name}?limit=200" if name not in LISTS[4:] else f"{path}/{name}")
        ids[key] = [one["id"] for one in (answer or {}).get("items", [])] or ids.get(key, [])
    return ids


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
    (_, person, own), (theirs, _, foreign) = sides[number], sides[1 - number]
    context = {
        "url": demo["url"],
        "cookie": person.cookie,
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
            "SCHEMATHESIS_HOOKS": "contract",
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CONTRACT_CONTEXT": str(context_file),
        }
        command = [str(Path(sys.executable).parent / "st"), "run", f"{demo['url']}/api/openapi.json"]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(options.examples), "--workers", "1"]
        command += ["--seed", str(SEED + number), "--checks", f"{CHECKS},no_fault,nothing_of_others", "--no-shrink"]
        command += ["--warnings", "off", "--continue-on-failure", "-H", f"Cookie: {person.cookie}"]
        command += ["-H", "Sec-Fetch-Site: same-origin", "--request-timeout", "30", "--suppress-health-check", "all"]
        for operation in LEFT_OUT:
            command += ["--exclude-operation-id", operation]
        began = time.monotonic()
        ended = subprocess.run(command, env=environment, cwd=folder, check=False)
        answered = json.loads(Path(folder, "answered.json").read_text())
    seconds = round(time.monotonic() - began)
    if options.verbose:
        print(json.dumps(answered, indent=1))
    status, me, _ = person.send("GET", "/api/v1/me")
    if status != 200:
        sys.exit(f"the session did not last: {status} {me}")
    succeeded = sum(any(status < 300 for status in statuses) for statuses in answered.values())
    return {"code": ended.returncode, "seconds": seconds, "operations": len(answered), "succeeded": succeeded}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/debug/rolecall")
    parser.add_argument("--examples", type=int, default=6)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    limits = ["--rate-limit", "0", "--failures-per-account", "1000000", "--failures-per-address", "1000000"]
    command = [options.binary, "demo", "--json", "--listen", "127.0.0.1:0", *limits]
    environment = {**os.environ, "ROLECALL_LOG": "error"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        demo = json.loads(server.stdout.readline())
        runs = [run(options, demo, number) for number in range(len(PEOPLE))]
    finally:
        server.terminate()
        server.wait()
    failed = [name for (_, name), one in zip(PEOPLE, runs) if one["code"] != 0]
    print(json.dumps({"contract": "the API as documented", "failed_as": failed, "limits": "raised", "runs": runs}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
elif "CONTRACT_CONTEXT" in os.environ:
    import schemathesis

    context = json.loads(Path(os.environ["CONTRACT_CONTEXT"]).read_text())
    chance = random.Random(context["seed"])
    owner = Person(context["url"], context["cookie"])
    home = f"/api/v1/organizations/{context['own']['org'][0]}"
    count = iter(range(1_000_000))
    answered = {}

    @atexit.register
    def tell():
        text = json.dumps({operation: sorted(statuses) for operation, statuses in answered.items()})
        Path(os.environ["CONTRACT_CONTEXT"]).with_name("answered.json").write_text(text)

    sessions = owner.send("GET", "/api/v1/me/sessions")[1]["items"]
    present = next(one["id"] for one in sessions if one["current"])

    def made(kind):
        """A record made to be deleted."""
        number = next(count)
        email = f"made{number}@example.com"
        path, body = {
            "bot": ("/bots", {"name": f"Made {number}"}),
            "role": ("/roles", {"name": f"Made {number}"}),
            "invitation": ("/invitations", {"email": email}),
            "user": ("/users", {"name": "Made Up", "email": email, "role_ids": context["own"]["role"][:1]}),
        }[kind]
        _, answer, _ = owner.send("POST", f"{home}{path}", body)
        return (answer or {}).get("id")

    def chosen(kind, given, side):
        """An id of the side's."""
        ids = context.get(side, {}).get(kind, [])
        return chance.choice(ids) if ids else given

    def side():
        """Mostly one's own, sometimes the other organization's, sometimes what was thought up."""
        dice = chance.random()
        return "own" if dice < 0.7 else "foreign" if dice < 0.9 else "none"

    def likely(name, given):
        """What a field of this name usually holds, so that calls get past its check."""
        usual = {
            "email": f"made{next(count)}@example.com",
            "name": f"Made {next(count)}",
            "model": "Bot",
            "action": "read",
            "preset": "team",
            "time_zone": "Europe/Berlin",
            "language": "en",
            "expires_at": "2099-01-01T00:00:00Z",
        }
        return usual[name] if name in usual and chance.random() < 0.6 else given

    def exchanged(value, name=""):
        """Ids and usual values in bodies and queries, by the names of their fields."""
        if isinstance(value, dict):
            return {key: exchanged(one, key) for key, one in value.items() if key != "require_second_factor"}
        if isinstance(value, list):
            return [exchanged(one, name) for one in value]
        if isinstance(value, str) and UUID.fullmatch(value):
            kind = re.sub(r"(^from_|_ids?$|s$)", "", name).replace("organization", "org")
            return chosen(kind, value, side())
        return likely(name, value) if isinstance(value, str) else value

    def address(case):
        """Real ids in the path; what is deleted is made first."""
        whole = side()
        for name, value in list(case.path_parameters.items()):
            place = whole if chance.random() < 0.9 else side()
            case.path_parameters[name] = chosen(name, value, place) if isinstance(value, str) else value
        last = case.path.rsplit("/", 1)[-1]
        kind = "user" if last == "leaving" else last.strip("{}")
        goes = case.method.upper() == "DELETE" or (last == "leaving" and case.method.upper() == "POST")
        if goes and kind in ("bot", "role", "invitation", "user") and "partners" not in case.path and "team" not in case.path:
            case.path_parameters[kind] = (whole == "own" and made(kind)) or case.path_parameters[kind]
        if case.path_parameters.get("session") == present:
            case.path_parameters["session"] = context["own"]["org"][0]

    @schemathesis.hook
    def before_call(ctx, case, kwargs):
        if isinstance(case.path_parameters, dict):
            address(case)
        case.body = exchanged(case.body)
        if isinstance(case.query, dict):
            case.query = exchanged(case.query)
        if "If-Match" in case.headers and chance.random() < 0.7:
            case.headers["If-Match"] = "*"
        # A revision that is not there yet is waited for; that is tried elsewhere.
        case.headers.pop("Rolecall-Min-Revision", None)

    @schemathesis.check
    def no_fault(ctx, response, case):
        operation = case.operation.definition.raw.get("operationId")
        answered.setdefault(operation, set()).add(response.status_code)
        busy = response.status_code == 503 and "retry-after" in response.headers
        assert response.status_code < 500 or busy, f"a fault: {response.status_code} {response.text[:500]}"

    @schemathesis.check
    def nothing_of_others(ctx, response, case):
        if case.operation.definition.raw.get("operationId") in PUBLIC:
            return
        said = f"{case.formatted_path} {case.query} {case.body}"
        told = [mark for mark in context["marks"] if mark in response.text and mark not in said]
        assert not told, f"of the other organization: {told}"

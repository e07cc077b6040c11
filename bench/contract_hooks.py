"""What schemathesis loads in bench/contract.py: calls with real ids, and what no answer may hold."""

import atexit
import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import schemathesis
from contract_known import Known, Person

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# The card of a published bot is for everybody, and so is talking to it.
PUBLIC = ["find_public_card", "say"]
# What would end one's own session or organization is only called as it is known to be good: by somebody else.
KNOWN_ONLY = ["sign_out", "delete_organization", "set_single_sign_on", "set_password", "confirm_session"]

context = json.loads(Path(os.environ["CONTRACT_CONTEXT"]).read_text())
chance = random.Random(context["seed"])
owner = Person(context["url"], context["cookie"])
known = Known(owner, context["own"]["org"][0], context["people"], context["password"])
count = iter(range(1_000_000))
answered = {}
began, seen = Counter(), set()


@atexit.register
def tell():
    text = json.dumps({operation: sorted(statuses) for operation, statuses in answered.items()})
    Path(os.environ["CONTRACT_CONTEXT"]).with_name("answered.json").write_text(text)


sessions = owner.send("GET", "/api/v1/me/sessions")[1]["items"]
present = next(one["id"] for one in sessions if one["current"])


def chosen(kind, given, side):
    """An id of the side's."""
    ids = context.get(side, {}).get(kind, [])
    return chance.choice(ids) if ids else given


def side():
    """Mostly one's own, often the other organization's, sometimes what was thought up."""
    dice = chance.random()
    return "own" if dice < 0.6 else "foreign" if dice < 0.9 else "none"


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
        return value if value in seen else chosen(kind, value, side())
    return likely(name, value) if isinstance(value, str) else value


def address(case):
    """Real ids in the path; those of an answer before stay."""
    whole = side()
    for name, value in list(case.path_parameters.items()):
        place = whole if chance.random() < 0.9 else side()
        if isinstance(value, str) and value not in seen:
            case.path_parameters[name] = chosen(name, value, place)
    # What one has is not deleted, or later calls would find nothing: what is known how to make is.
    if case.method.upper() == "DELETE":
        for name, value in case.path_parameters.items():
            if name != "org" and value in context["own"].get(name, []):
                case.path_parameters[name] = chosen(name, value, "foreign")
    if case.path_parameters.get("session") == present:
        case.path_parameters["session"] = context["own"]["org"][0]


def operation_of(case):
    return case.operation.definition.raw.get("operationId")


def as_known(case, call):
    """The call as it is known to succeed; where nothing is known, with ids of one's own and no wishes."""
    case.headers["If-Match"] = "*"
    for name, value in (case.path_parameters or {}).items():
        case.path_parameters[name] = chosen(name, value, "own")
    if call is None and case.method.upper() == "DELETE":
        address(case)
    if call is None:
        case.body, case.query = exchanged(case.body), {}
        return
    case.path_parameters = {**(case.path_parameters or {}), **call.path}
    case.query = call.query or {}
    if call.body is not None:
        case.body = call.body
    if call.cookie is not None:
        case.headers["Cookie"] = call.cookie
    if call.token is not None:
        case.headers["Authorization"] = f"Bearer {call.token}"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    operation = operation_of(case)
    case.headers["Cookie"] = context["cookie"]
    # A revision that is not there yet is waited for; that is tried elsewhere.
    case.headers.pop("Rolecall-Min-Revision", None)
    first = began[operation] < 2 and case.method.upper() == case.operation.method.upper()
    if first or operation in KNOWN_ONLY or chance.random() < 0.3:
        began[operation] += 1
        as_known(case, known.call(operation))
        return
    if isinstance(case.path_parameters, dict):
        address(case)
    case.body = exchanged(case.body)
    if isinstance(case.query, dict):
        case.query = exchanged(case.query)
    if "If-Match" in case.headers and chance.random() < 0.7:
        case.headers["If-Match"] = "*"


def text_of(response):
    return response.content.decode("utf-8", "replace")


@schemathesis.check
def no_fault(ctx, response, case):
    answered.setdefault(operation_of(case), set()).add(response.status_code)
    seen.update(UUID.findall(text_of(response)) if response.status_code < 300 else [])
    busy = response.status_code == 503 and "retry-after" in response.headers
    assert response.status_code < 500 or busy, f"a fault: {response.status_code} {text_of(response)[:500]}"


@schemathesis.check
def nothing_of_others(ctx, response, case):
    if operation_of(case) in PUBLIC:
        return
    said = f"{case.formatted_path} {case.query} {case.body}"
    told = [mark for mark in context["marks"] if mark in text_of(response) and mark not in said]
    assert not told, f"of the other organization: {told}"

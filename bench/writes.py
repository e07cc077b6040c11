#!/usr/bin/env python3
"""Two servers on one PostgreSQL: how soon a changed role is true everywhere, whether a question that names a revision is
ever answered from before it, and what a write costs as organizations become many.

    cargo xtask postgres python3 bench/writes.py [--binary target/release/rolecall] [--changes 500]
                                                 [--questions 100000] [--organizations 1000,100000]

Makes a database of its own in the PostgreSQL that ROLECALL_TEST_POSTGRES names. Prints one line of JSON per row. The
second server is stopped (SIGSTOP) for a while and connections to the database are cut again and again while questions are
asked; the trial is then repeated with questions that do not name the revision, which must find old answers: else it would
prove nothing. Fails on any violation. The limit of requests is off for the run. The seed is fixed.
"""

import argparse
import atexit
import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

SEED = 20_260
PSQL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))), "psql")
CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    def __init__(self):
        server = os.environ["ROLECALL_TEST_POSTGRES"]
        name = f"writes_{uuid.uuid4().hex}"
        self.server, self.url = server, f"{server.rsplit('/', 1)[0]}/{name}"
        self.query(f"CREATE DATABASE {name} TEMPLATE template0", server)

    def query(self, text, url=None):
        command = [PSQL, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url or self.url, "-c", text]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def grow(self, organizations):
        """So many organizations, each with a role that is given to nobody."""
        self.query(f"""
            INSERT INTO organization (id, slug, name, name_folded, preset, owner_policy, bot_owner_policy, manage_peers, created_at, updated_at)
            SELECT gen_random_uuid(), 'org-' || n, 'Org ' || n, 'org ' || n, 'workspace', 'none', 'none', TRUE, 1, 1
            FROM generate_series((SELECT count(*) FROM organization), {organizations - 1}) n;
            INSERT INTO role (id, organization_id, name, name_folded, reach, created_at, updated_at)
            SELECT gen_random_uuid(), o.id, 'Reader', 'reader', 'organization', 1, 1 FROM organization o
            WHERE NOT EXISTS (SELECT 1 FROM role r WHERE r.organization_id = o.id);
            ANALYZE;""")


class Client:
    """One connection that is kept."""

    def __init__(self, port, headers):
        self.port, self.headers, self.connection = port, headers, None

    def send(self, method, path, body=None):
        """The status, the headers and the body; status 0: the connection broke."""
        data = None if body is None else json.dumps(body)
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json", "If-Match": "*", **self.headers}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.request(method, path, data, headers)
            answer = self.connection.getresponse()
            text = answer.read()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
            return answer.status, answer.headers, json.loads(text) if is_json and text else None
        except (OSError, http.client.HTTPException):
            self.connection = None
            return 0, {}, None

    def must(self, method, path, body=None):
        status, headers, answer = self.send(method, path, body)
        if not 200 <= status < 300:
            sys.exit(f"{method} {path}: {status} {answer}")
        return headers, answer


class Node:
    def __init__(self, options, database, folder):
        self.port = free_port()
        command = [options.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--database-url", database.url,
                   "--public-url", "http://localhost:8080", "--key-file", f"{folder}/key", "--rate-limit", "0"]
        environment = {**os.environ, "ROLECALL_LOG": "error"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        atexit.register(self.process.kill)
        anybody = Client(self.port, {})
        while anybody.send("GET", "/readyz")[0] != 200:
            if self.process.poll() is not None:
                sys.exit("a server ended by itself")
            time.sleep(0.02)

    def setup_token(self):
        return next(found.group(1) for line in self.process.stdout if (found := re.search(r"/setup\?token=(\S+)", line)))

    def end(self):
        self.process.terminate()
        self.process.wait()


class Place:
    """An organization with an administrator, a key that asks, and a person whose role changes."""

    def __init__(self, node):
        person = {"name": "Ana", "email": "ana@example.com", "password": "violet harbour stone ladder"}
        made = {"name": "Bench", "preset": "workspace"}
        headers, _ = Client(node.port, {}).must("POST", "/api/v1/setup",
                                                {"token": node.setup_token(), "organization": made, "user": person})
        self.admin = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        ana = Client(node.port, self.admin)
        self.organization = ana.must("GET", "/api/v1/me")[1]["organizations"][0]["id"]
        self.path = f"/api/v1/organizations/{self.organization}"
        roles = ana.must("GET", f"{self.path}/roles")[1]["items"]
        self.admin_role = next(role["id"] for role in roles if role["name"].lower() == "admin")
        _, invited = ana.must("POST", f"{self.path}/invitations", {"email": "mei@example.com"})
        token = invited["link"].rsplit("/", 1)[1]
        _, _ = Client(node.port, {}).must("POST", f"/api/v1/invitations/{token}/accept",
                                          {"name": "Mei", "password": "violet harbour stone ladder"})
        self.mei = next(user for user in ana.must("GET", f"{self.path}/users")[1]["items"] if user["name"] == "Mei")
        self.mei = self.mei.get("user_id") or self.mei["id"]
        grants = [{"model": "UserPermission", "action": "read"}]
        _, key = ana.must("POST", "/api/v1/me/tokens",
                          {"name": "Asker", "scope": [{"organization": self.organization, "permissions": grants}]})
        self.asker = {"Authorization": f"Bearer {key['secret']}"}

    def give(self, client, role):
        """Gives the role or takes it away; the status and the revision."""
        roles = [{"role_id": self.admin_role}] if role else []
        status, headers, answer = client.send("PUT", f"{self.path}/users/{self.mei}/roles", {"roles": roles})
        if status not in (0, 200, 503):
            sys.exit(f"the role cannot be changed: {status} {answer}")
        return status, int(headers.get("Rolecall-Revision", 0))

    def ask(self, client, at_least=None):
        """The decision, none if it is refused, and its revision."""
        question = {"subject": {"type": "user", "id": self.mei}, "action": {"name": "update"},
                    "resource": {"type": "Role", "id": self.organization}}
        if at_least is not None:
            question["context"] = {"min_revision": at_least}
        status, _, answer = client.send("POST", "/access/v1/evaluation", question)
        if status in (0, 503):
            return None, 0
        if status != 200:
            sys.exit(f"a question was answered {status} {answer}")
        return answer["decision"], answer["context"]["revision"]


def percentiles(times):
    ordered = sorted(times)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
    return {"p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": round(ordered[-1] * 1000, 2)}


def spread(place, nodes, changes):
    """From the answer of a change at the first node until each node answers by it."""
    writer, here, there = Client(nodes[0].port, place.admin), *(Client(node.port, place.asker) for node in nodes)
    same, other, stale, cost = [], [], 0, []
    for number in range(changes):
        role = number % 2 == 0
        began = time.perf_counter()
        status, _ = place.give(writer, role)
        answered = time.perf_counter()
        if status != 200:
            sys.exit(f"a change was answered {status}")
        cost.append(answered - began)
        while place.ask(there)[0] != role:
            pass
        other.append(time.perf_counter() - answered)
        began = time.perf_counter()
        stale += place.ask(here)[0] != role
        same.append(time.perf_counter() - began)
    print(json.dumps({"row": "spread", "changes": changes, "same_node_stale": stale, "same_node": percentiles(same),
                      "other_node": percentiles(other), "write": percentiles(cost)}), flush=True)
    return stale, percentiles(other)["p99_ms"]


class Trial:
    def __init__(self, place, nodes, database, questions, careful):
        self.place, self.nodes, self.database, self.questions, self.careful = place, nodes, database, questions, careful
        self.truths, self.asked, self.refused, self.told, self.over = [], [], 0, 0, False

    def write(self):
        dice, role = random.Random(SEED), False
        clients = [Client(node.port, self.place.admin) for node in self.nodes]
        while not self.over:
            role, client = not role, clients[dice.random() < 0.25]
            status, revision = self.place.give(client, role)
            if status != 200:
                self.truths.append((self.told + 1, None))
            while status != 200:
                status, revision = self.place.give(clients[0], role)
            self.truths.append((revision, role))
            self.told = max(self.told, revision)
            time.sleep(dice.random() * 0.01)

    def ask(self, seed):
        dice = random.Random(seed)
        clients = [Client(node.port, self.place.asker) for node in self.nodes]
        for _ in range(self.questions // 2):
            at_least = self.told
            decision, revision = self.place.ask(dice.choice(clients), at_least if self.careful else None)
            if decision is None:
                self.refused += 1
            else:
                self.asked.append((at_least, revision, decision))

    def disturb(self):
        dice = random.Random(SEED + 1)
        while not self.over:
            time.sleep(0.2 + dice.random() * 0.3)
            if dice.random() < 0.5:
                self.database.query(CUT)
            else:
                self.nodes[1].process.send_signal(signal.SIGSTOP)
                time.sleep(dice.random() * 0.3)
                self.nodes[1].process.send_signal(signal.SIGCONT)

    def run(self):
        _, revision = self.place.give(Client(self.nodes[0].port, self.place.admin), False)
        self.told, self.truths = revision, [(revision, False)]
        others = [threading.Thread(target=self.write), threading.Thread(target=self.disturb)]
        askers = [threading.Thread(target=self.ask, args=(SEED + number,)) for number in range(2)]
        began = time.perf_counter()
        for thread in others + askers:
            thread.start()
        for thread in askers:
            thread.join()
        self.over = True
        for thread in others:
            thread.join()
        took = time.perf_counter() - began
        old, wrong = self.violations()
        print(json.dumps({"row": "trial", "min_revision_named": self.careful, "questions": self.questions, "refused": self.refused,
                          "changes": len(self.truths), "older_than_named": old, "untrue_at_their_revision": wrong,
                          "seconds": round(took, 1)}), flush=True)
        return old + wrong

    def violations(self):
        # Of two of one revision, the one that is known counts.
        truths = sorted(self.truths, key=lambda one: (one[0], one[1] is not None))
        old, wrong, at, true = 0, 0, 0, None
        for at_least, revision, decision in sorted(self.asked, key=lambda one: one[1]):
            while at < len(truths) and truths[at][0] <= revision:
                true, at = truths[at][1], at + 1
            old += revision < at_least
            wrong += true is not None and true != decision
        return old, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/rolecall")
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--organizations", default="1000,100000")
    options = parser.parse_args()
    database, failures, costs = Database(), [], {}
    with tempfile.TemporaryDirectory(prefix="rolecall-writes-") as folder:
        nodes = [Node(options, database, folder)]
        place = Place(nodes[0])
        for organizations in map(int, options.organizations.split(",")):
            for node in nodes:
                node.end()
            database.grow(organizations)
            nodes = [Node(options, database, folder) for _ in range(2)]
            writer, times = Client(nodes[0].port, place.admin), []
            for run in range(5):
                began = time.perf_counter()
                for number in range(100):
                    place.give(writer, number % 2 == 0)
                times.append((time.perf_counter() - began) * 10)
            costs[organizations] = statistics.median(times)
            print(json.dumps({"row": "cost", "organizations": organizations, "write_ms": round(costs[organizations], 2),
                              "runs": [round(one, 2) for one in times]}), flush=True)
        ratio = max(costs.values()) / min(costs.values())
        print(json.dumps({"row": "cost", "most_times_least": round(ratio, 2)}), flush=True)
        stale, p99 = spread(place, nodes, options.changes)
        failures += ["the same node answered from before a change"] if stale else []
        failures += [f"the other node takes {p99} ms"] if p99 > 50 else []
        failures += ["a write costs more with more organizations"] if ratio > 1.5 else []
        if Trial(place, nodes, database, options.questions, True).run():
            failures.append("a question was answered from before the revision it names")
        if not Trial(place, nodes, database, max(options.questions // 20, 2_000), False).run():
            failures.append("without naming the revision the trial finds nothing: it proves nothing")
        for node in nodes:
            node.end()
    name = database.url.rsplit("/", 1)[1]
    database.query(f"DROP DATABASE {name} WITH (FORCE)", database.server)
    if failures:
        sys.exit("; ".join(failures))


if __name__ == "__main__":
    main()

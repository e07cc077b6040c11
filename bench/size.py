#!/usr/bin/env python3
"""Lists and starts of a large organization: 10,000 users, 500 bots, 50 roles; a start with 100,000 users.

    python3 bench/size.py [--binary target/release/rolecall] [--database-url postgres://…]

Server time is the time of a whole request on one kept connection of the loopback, so a little more than the server's own;
the floor beside it is /healthz on the same connection. One line of JSON per figure; medians of five runs of 40 requests.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PASSWORD = "violet harbour stone ladder"
RUNS, REQUESTS = 5, 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, options):
        self.options, self.port = options, free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="rolecall-size-")
        self.place = ["--database-url", options.database_url] if options.database_url else ["--data", self.folder.name]

    def start(self):
        """Milliseconds until it is ready."""
        began = time.perf_counter()
        command = [self.options.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--rate-limit", "0", *self.place]
        environment = {**os.environ, "ROLECALL_LOG": "error"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        while True:
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self.connection.request("GET", "/readyz")
                self.connection.getresponse().read()
                return (time.perf_counter() - began) * 1000
            except OSError:
                time.sleep(0.002)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def resident(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def send(self, method, path, body=None, cookie=None):
        headers = {"Sec-Fetch-Site": "same-origin", **({"Cookie": cookie} if cookie else {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            sys.exit(f"{path}: {answer.status} {text[:200]}")
        return json.loads(text or b"null") if answer.headers.get_content_type() == "application/json" else None, answer.headers

    def sql(self, statements):
        """Straight into the database, while the server rests."""
        if self.options.database_url:
            text = ";\n".join(statements).replace("NEW_ID", "gen_random_uuid()")
            psql = shutil.which("psql") or sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))[-1]
            subprocess.run([psql, "-q", "-v", "ON_ERROR_STOP=1", self.options.database_url], input=text, text=True, check=True)
            return
        with sqlite3.connect(Path(self.folder.name) / "rolecall.db") as database:
            for statement in statements:
                database.execute(statement.replace("NEW_ID", "randomblob(16)"))


def numbers(first, last):
    return f"WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"


def people(first, last):
    """Members with a role each."""
    folded = "'person ' || i"
    mail = "'person' || i || '@example.com'"
    return [
        f"INSERT INTO account (id, email, email_folded, name, name_folded, verified_at, created_at, updated_at) "
        f"{numbers(first, last)} SELECT NEW_ID, {mail}, {mail}, 'Person ' || i, {folded}, i, i, i FROM n",
        f"INSERT INTO membership (organization_id, account_id, name_folded, email_folded, status, created_at, updated_at) "
        f"SELECT o.id, a.id, a.name_folded, a.email_folded, 'active', a.created_at, a.created_at FROM account a, organization o "
        f"WHERE a.created_at BETWEEN {first} AND {last}",
        f"INSERT INTO role_assignment (id, organization_id, account_id, role_id, created_at) "
        f"SELECT NEW_ID, r.organization_id, a.id, r.id, 1 FROM account a, role r "
        f"WHERE r.name = 'manager' AND a.created_at BETWEEN {first} AND {last}",
    ]


THINGS = [
    f"INSERT INTO role (id, organization_id, name, name_folded, reach, created_at, updated_at) "
    f"{numbers(1, 47)} SELECT NEW_ID, o.id, 'Role ' || i, 'role ' || i, 'organization', i, i FROM n, organization o",
    f"INSERT INTO bot (id, organization_id, name, name_folded, slug, created_at, updated_at) "
    f"{numbers(1, 500)} SELECT NEW_ID, o.id, 'Bot ' || i, 'bot ' || i, 'bot-' || i, i, i FROM n, organization o",
]


# What the database does by itself within a minute of such a load.
STATISTICS = ["ANALYZE"]


def tell(database, figure, runs, **more):
    line = {"bench": "size", "database": database, "figure": figure, "median_ms": round(statistics.median(runs), 2)}
    print(json.dumps({**line, "runs_ms": [round(run, 2) for run in runs], **more}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/rolecall")
    parser.add_argument("--database-url", default=None)
    options = parser.parse_args()
    database = "postgresql" if options.database_url else "sqlite"
    server = Server(options)
    server.start()
    token = next(line for line in server.process.stdout if "/setup?token=" in line).split("token=")[1].strip()
    user = {"name": "Ana Marchetti", "email": "ana@acme.example", "password": PASSWORD}
    server.send("POST", "/api/v1/setup", {"token": token, "organization": {"name": "Acme", "preset": "workspace"}, "user": user})
    _, headers = server.send("POST", "/api/v1/session", {"email": user["email"], "password": PASSWORD})
    cookie = headers["Set-Cookie"].split(";")[0]
    base = "/api/v1/organizations/" + server.send("GET", "/api/v1/organizations", cookie=cookie)[0]["items"][0]["id"]
    server.stop()
    server.sql(people(1, 10_000) + THINGS + STATISTICS)
    server.start()
    middle, path = None, f"{base}/users?limit=200"
    for _ in range(25):
        page, _ = server.send("GET", path + (f"&cursor={middle}" if middle else ""), cookie=cookie)
        middle = page["next_cursor"]
    person = server.send("GET", f"{base}/users?q=person%20777", cookie=cookie)[0]["items"][0]["id"]
    bot = server.send("GET", f"{base}/bots?limit=1", cookie=cookie)[0]["items"][0]["id"]
    lists = {
        "floor: /healthz": "/healthz",
        "50 of 10,000 users": f"{base}/users",
        "50 of 10,000 users, from the middle": f"{base}/users?cursor={middle}",
        "50 of 10,000 users, newest first": f"{base}/users?sort=-created_at",
        "users found by a word": f"{base}/users?q=person%20777",
        "50 of 500 bots": f"{base}/bots",
        "50 of 50 roles": f"{base}/roles",
        "50 audit events": f"{base}/audit-events",
        "the console's page of 50 users": "/acme/users",
        "the team page": "/acme/settings/team",
        "one user's page": f"/acme/users/{person}",
        "explain": f"{base}/explain?user={person}&bot={bot}&model=Content&action=delete",
        "explain a denial": f"{base}/explain?user={person}&model=Role&action=delete",
        "who can, 10,000 of them": f"{base}/who-can?bot={bot}&model=Content&action=read",
        "who can, one of 10,000": f"{base}/who-can?model=Role&action=delete",
        "access map, 200 people": f"{base}/access-map?bot={bot}&limit=200",
        "access map, 200 bots": f"{base}/access-map?user={person}&limit=200",
    }
    for figure, path in lists.items():
        runs = []
        for _ in range(RUNS):
            times = []
            for _ in range(REQUESTS):
                began = time.perf_counter()
                server.send("GET", path, cookie=cookie)
                times.append((time.perf_counter() - began) * 1000)
            runs.append(statistics.median(times))
        tell(database, figure, runs)
    roles = server.send("GET", f"{base}/roles?limit=200", cookie=cookie)[0]["items"]
    manager = next(role["id"] for role in roles if role["name"] == "manager")
    added = {"model": "AuditLog", "action": "read"}
    change = {"method": "POST", "path": f"{base}/roles/{manager}/permissions", "body": added}
    runs = []
    for _ in range(RUNS):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            shown, _ = server.send("POST", f"{base}/preview", {"change": change}, cookie=cookie)
            times.append((time.perf_counter() - began) * 1000)
        runs.append(statistics.median(times))
    if shown["totals"]["people"] != 10_000:
        sys.exit(f"the preview shows {shown['totals']}")
    tell(database, "preview of a role change for 10,000 users", runs)
    server.stop()
    server.sql(people(10_001, 100_000) + STATISTICS)
    starts, resident = [], 0
    for _ in range(RUNS):
        starts.append(server.start())
        resident = server.resident()
        server.stop()
    tell(database, "start with 100,000 users", starts, resident_mib=round(resident, 1))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Kills the server in the middle of mixed writes, again and again, and looks whether anything is lost or half there.

    python3 bench/crash.py --rounds 200 [--binary target/release/rolecall] [--database-url postgres://…]

Needs aiosmtpd, a real mail server (`cargo xtask test` puts it into target/python). Prints one line of JSON; fails if an
acknowledged write is lost, a write is half there, a mail never arrives, or the doctor finds anything.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from aiosmtpd.controller import Controller

PASSWORD = "violet harbour stone ladder"
WRITERS = 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mailbox:
    """Counts the mails that arrive for each address."""

    def __init__(self):
        self.arrived = {}

    async def handle_DATA(self, _server, _session, envelope):
        for address in envelope.rcpt_tos:
            self.arrived[address] = self.arrived.get(address, 0) + 1
        return "250 OK"


class Server:
    """The program on one database, at one address for all its lives."""

    def __init__(self, options, smtp_port):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="rolecall-crash-")
        self.database = ["--database-url", options.database_url] if options.database_url else ["--data", self.folder.name]
        self.binary = options.binary
        self.smtp = f"smtp://127.0.0.1:{smtp_port}"
        self.process = None
        self.setup = None

    def start(self):
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--smtp-url", self.smtp, *self.database]
        environment = {**os.environ, "ROLECALL_LOG": "error"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=5).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server ended by itself")
                time.sleep(0.02)
        sys.exit("the server does not get ready")

    def setup_token(self):
        for line in self.process.stdout:
            found = re.search(r"/setup\?token=(\S+)", line)
            if found:
                return found.group(1)
        sys.exit("no set-up link was printed")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()

    def doctor(self):
        answer = subprocess.run([self.binary, "doctor", "--json", *self.database], capture_output=True, text=True, check=False)
        return json.loads(answer.stdout)


class Client:
    """A signed-in administrator."""

    def __init__(self, url):
        self.url = url
        self.cookie = None

    def send(self, method, path, body=None):
        """The answer's status and JSON; an OSError where the server was killed meanwhile."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        request.add_header("Sec-Fetch-Site", "same-origin")
        request.add_header("If-Match", "*")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                cookie = answer.headers.get("Set-Cookie")
                if cookie and not self.cookie:
                    self.cookie = cookie.split(";")[0]
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
        except (OSError, ValueError, EOFError) as error:
            raise OSError(str(error)) from error
        except Exception as error:  # http.client's own: the answer broke off
            raise OSError(str(error)) from error


class Ledger:
    """What was acknowledged, and what was under way when the server died."""

    def __init__(self):
        self.lock = threading.Lock()
        self.roles = {}
        self.bots = {}
        self.invited = set()
        self.gone = set()
        self.unsure = set()
        self.refused = []
        self.count = 0

    def acknowledge(self, change):
        with self.lock:
            change()
            self.count += 1


def write(client, organization, ledger, name, generator):
    """One story of writes; each is entered only when it was answered."""
    base = f"/api/v1/organizations/{organization}"

    def acked(method, path, body, change):
        status, answer = client.send(method, path, body)
        if status >= 400:
            with ledger.lock:
                ledger.refused.append(f"{method} {path}: {status} {answer}")
            raise OSError(f"{status}")
        ledger.acknowledge(lambda: change(answer))
        return answer

    kind = generator.randrange(3)
    if kind == 0:
        role = acked("POST", f"{base}/roles", {"name": name}, lambda made: ledger.roles.__setitem__(made["id"], (name, [])))
        for action in ("read", "create"):
            permission = {"model": "Bot", "action": action}
            ledger.unsure.add(role["id"])
            acked("POST", f"{base}/roles/{role['id']}/permissions", permission, lambda _: ledger.roles[role["id"]][1].append(action))
        renamed = f"{name} renamed"
        acked("PATCH", f"{base}/roles/{role['id']}", {"name": renamed}, lambda _: ledger.roles.__setitem__(role["id"], (renamed, ledger.roles[role["id"]][1])))
        if generator.random() < 0.5:
            acked("DELETE", f"{base}/roles/{role['id']}", None, lambda _: (ledger.roles.pop(role["id"]), ledger.gone.add(role["id"])))
        ledger.unsure.discard(role["id"])
    elif kind == 1:
        acked("POST", f"{base}/bots", {"name": name}, lambda made: ledger.bots.__setitem__(made["id"], name))
    else:
        address = f"{name.replace(' ', '-').lower()}@example.com"
        acked("POST", f"{base}/invitations", {"email": address}, lambda _: ledger.invited.add(address))


def verify(client, organization, ledger, faults):
    """Every acknowledged write is there, none is half there."""
    base = f"/api/v1/organizations/{organization}"

    def everything(path):
        items, cursor = [], ""
        while cursor is not None:
            _, page = client.send("GET", f"{path}limit=200{cursor and '&cursor=' + cursor}")
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    roles = {role["id"]: role["name"] for role in everything(f"{base}/roles?")}
    bots = {bot["id"]: bot["name"] for bot in everything(f"{base}/bots?")}
    for role, (name, actions) in ledger.roles.items():
        if role not in roles:
            if role not in ledger.unsure:
                faults.append(f"the role {name} is lost")
            continue
        if roles[role] != name and role not in ledger.unsure:
            faults.append(f"the role {name} is called {roles[role]}")
        if role in ledger.unsure:
            held = {one["action"] for one in client.send("GET", f"{base}/roles/{role}/permissions")[1]["items"]}
            if not held.issuperset(actions):
                faults.append(f"the role {name} lost permissions")
    faults.extend(f"the deleted role {role} is back" for role in ledger.gone if role in roles)
    faults.extend(f"the bot {name} is lost" for bot, name in ledger.bots.items() if bot not in bots)
    invited = {one["email"] for one in everything(f"{base}/invitations?")}
    faults.extend(f"the invitation of {address} is lost" for address in ledger.invited - invited)
    told = {event["record_id"] for event in everything(f"{base}/audit-events?action=create&")}
    faults.extend(f"{name} is there, but not its audit row" for one, name in bots.items() if one not in told)
    made = {event["record_id"] for event in everything(f"{base}/audit-events?model=Bot&action=create&")}
    faults.extend(f"an audit row tells of the bot {one} that is not there" for one in made - bots.keys())
    return len(told)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--binary", default="target/release/rolecall")
    parser.add_argument("--database-url", default=None)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    mailbox = Mailbox()
    mail = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    server = Server(options, mail.port)
    server.start()
    admin = Client(server.url)
    user = {"name": "Ana Marchetti", "email": "ana@acme.example", "password": PASSWORD}
    founding = {"token": server.setup_token(), "organization": {"name": "Acme", "preset": "workspace"}, "user": user}
    status, _ = admin.send("POST", "/api/v1/setup", founding)
    if status != 201:
        sys.exit(f"the set-up answered {status}")
    admin.cookie = None
    admin.send("POST", "/api/v1/session", {"email": user["email"], "password": PASSWORD})
    organization = admin.send("GET", "/api/v1/organizations")[1]["items"][0]["id"]
    ledger, faults = Ledger(), []
    generator = random.Random(options.seed)
    for number in range(options.rounds):
        stopping = threading.Event()

        def work(writer, number=number, stopping=stopping):
            own = random.Random(f"{options.seed} {number} {writer}")
            story = 0
            while not stopping.is_set():
                story += 1
                try:
                    write(admin, organization, ledger, f"R{number} W{writer} S{story}", own)
                except OSError:
                    return

        writers = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(generator.uniform(0.05, 0.4))
        server.kill()
        stopping.set()
        for writer in writers:
            writer.join()
        server.start()
        faults.extend(ledger.refused)
        if number % 10 == 9 or number == options.rounds - 1:
            verify(admin, organization, ledger, faults)
            report = server.doctor()
            if not report["ok"]:
                faults.append(f"the doctor: {json.dumps(report)}")
        if faults:
            break
    # Whatever waits in the outbox goes out now.
    for _ in range(1200):
        missing = ledger.invited - mailbox.arrived.keys()
        if not missing:
            break
        time.sleep(0.1)
    faults.extend(f"no mail for {address}" for address in ledger.invited - mailbox.arrived.keys())
    server.stop()
    mail.stop()
    print(json.dumps({
        "bench": "crash",
        "database": "postgresql" if options.database_url else "sqlite",
        "kills": options.rounds,
        "acknowledged_writes": ledger.count,
        "faults": faults[:10],
        "mails": len(ledger.invited),
        "mails_sent_again": sum(1 for address in ledger.invited if mailbox.arrived.get(address, 0) > 1),
    }))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

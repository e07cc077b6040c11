#!/usr/bin/env python3
"""So many visitors talk to a published bot at once; the server may be killed and started again in the middle.

    python3 bench/chat.py [--visitors 500] [--messages 20] [--think 1.0] [--kill] [--binary target/release/rolecall]
                          [--database-url postgres://…]

Prints one line of JSON: replies a second, median and 99th percentile of the time to a reply (those that met the kill
apart), and how many messages were lost or are there twice. The limits per address and per conversation are off for the
run, and the line says so. Fails if anything is lost, doubled or out of order.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

LESSON = {"intents": [
    {"name": "greeting", "response": "Good day!", "examples": ["hello", "hello there", "hello to you", "good morning"]},
    {"name": "lost card", "response": "I have blocked it.", "examples": [
        "my card is gone", "I lost my card", "block my card", "my card was stolen"]},
    {"name": "hours", "response": "From nine to five.", "examples": [
        "when do you open", "what are your opening hours", "are you open on Sunday"]},
]}
SENTENCES = ["hello", "my card is gone", "when do you open", "are you open on Monday?", "xyzzy", "somebody stole my card"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The program on one database, at one address for all its lives."""

    def __init__(self, options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.TemporaryDirectory(prefix="rolecall-chat-")
        database = ["--database-url", options.database_url] if options.database_url else ["--data", self.folder.name]
        limits = ["--rate-limit", "0", "--chat-per-address", "0", "--chat-per-conversation", "0"]
        self.command = [options.binary, "serve", "--listen", f"127.0.0.1:{self.port}", *database, *limits]
        self.process = None

    def start(self):
        environment = {**os.environ, "ROLECALL_LOG": "error"}
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(1200):
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

    def end(self, by):
        self.process.send_signal(by)
        self.process.wait()
        self.process.stdout.close()


def administer(server):
    """An organization with a bot that is taught and published; the bot's id."""
    cookie = None

    def send(method, path, body):
        nonlocal cookie
        request = urllib.request.Request(f"{server.url}/api/v1{path}", data=json.dumps(body).encode(), method=method)
        for name, value in [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/json"), ("Cookie", cookie)]:
            if value:
                request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=60) as answer:
            cookie = cookie or (answer.headers.get("Set-Cookie") or "").split(";")[0]
            return json.loads(answer.read() or b"null")

    user = {"name": "Ana", "email": "ana@example.com", "password": "violet harbour stone ladder"}
    send("POST", "/setup", {"token": server.setup_token(), "organization": {"name": "Bench", "preset": "workspace"}, "user": user})
    organization = json.loads(urllib.request.urlopen(
        urllib.request.Request(f"{server.url}/api/v1/me", headers={"Cookie": cookie}), timeout=10).read())["organizations"][0]
    bot = send("POST", f"/organizations/{organization['id']}/bots", {"name": "Help"})["id"]
    send("POST", f"/bots/{bot}/training/import", LESSON)
    send("PUT", f"/bots/{bot}/publication", {})
    return bot


class Visitor:
    """Somebody with a connection of their own, who sends a message again until it is answered."""

    def __init__(self, port, bot):
        self.port, self.path = port, f"/chat/v1/{bot}/messages"
        self.reader = self.writer = self.token = None
        self.sent, self.times, self.retried = [], [], 0

    async def ask(self, method, path, body=None):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(data)}\r\nContent-Type: application/json\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        self.writer.write(head.encode() + b"\r\n" + data)
        await self.writer.drain()
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower()).group(1))
        return int(head.split(b" ", 2)[1]), json.loads(await self.reader.readexactly(length))

    async def say(self, text):
        body = {"text": text, "id": str(uuid.uuid4())}
        began, tries = time.perf_counter(), 0
        while True:
            tries += 1
            try:
                status, answer = await self.ask("POST", self.path, body)
                if status == 201:
                    break
                if status != 503:
                    sys.exit(f"answered {status}: {answer}")
            except (OSError, asyncio.IncompleteReadError):
                self.writer = None
            await asyncio.sleep(0.05)
        took = time.perf_counter() - began
        if tries == 1:
            self.times.append(took)
        else:
            self.retried += 1
        self.token = self.token or answer["token"]
        self.sent.append(text)

    async def visit(self, number, options, begins):
        await asyncio.sleep(max(0, begins + options.think * number / options.visitors - time.perf_counter()))
        for turn in range(options.messages):
            await self.say(f"{SENTENCES[(number + turn) % len(SENTENCES)]} {number}.{turn}")
            await asyncio.sleep(options.think)

    async def examine(self):
        status, answer = await self.ask("GET", f"{self.path}?after=0")
        assert status == 200, answer
        return [one["text"] for one in answer["messages"] if one["sender"] == "visitor"]


async def run(server, bot, options):
    visitors = [Visitor(server.port, bot) for _ in range(options.visitors)]
    begins = time.perf_counter() + 0.2
    talks = asyncio.gather(*(one.visit(number, options, begins) for number, one in enumerate(visitors)))
    if options.kill:
        await asyncio.sleep(max(1.0, options.messages * options.think / 2))
        await asyncio.to_thread(server.end, signal.SIGKILL)
        await asyncio.to_thread(server.start)
    await talks
    took = time.perf_counter() - begins
    lost = doubled = disordered = 0
    for one in visitors:
        kept = await one.examine()
        lost += len(set(one.sent) - set(kept))
        doubled += len(kept) - len(set(kept))
        disordered += kept != one.sent
    times = sorted(time for one in visitors for time in one.times)
    return {
        "bench": "chat", "database": "postgres" if options.database_url else "sqlite",
        "visitors": options.visitors, "messages": sum(len(one.sent) for one in visitors), "think_seconds": options.think,
        "killed": bool(options.kill), "limits": "off", "replies_per_second": round(len(times) / took, 1),
        "p50_ms": round(statistics.median(times) * 1000, 2), "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "max_ms": round(times[-1] * 1000, 2), "sent_again": sum(one.retried for one in visitors),
        "lost": lost, "doubled": doubled, "disordered": disordered,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=500)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--think", type=float, default=1.0)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--binary", default="target/release/rolecall")
    parser.add_argument("--database-url")
    options = parser.parse_args()
    server = Server(options)
    server.start()
    try:
        bot = administer(server)
        result = asyncio.run(run(server, bot, options))
    finally:
        server.end(signal.SIGTERM)
    print(json.dumps(result))
    if result["lost"] or result["doubled"] or result["disordered"]:
        sys.exit(1)


if __name__ == "__main__":
    main()

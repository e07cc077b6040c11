#!/usr/bin/env python3
"""Whether the time of a failed sign-in tells known from unknown addresses: the medians of 200 tries each, interleaved in
random order, five runs.

Build first: `cargo build --release`. Prints one line of JSON per run and one for all; fails if the medians of all five
runs are further than 5 % apart. The limits on failures and requests are raised for this, and the line says so.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = Path(__file__).resolve().parent.parent / "target/release/rolecall"
RUNS = 5
TRIES = 200
APART = 0.05
LIMITS = ["--rate-limit", "0", "--failures-per-account", "1000000", "--failures-per-address", "1000000"]


def attempt(connection, email):
    """Milliseconds until a wrong password for the address is refused."""
    body = json.dumps({"email": email, "password": "not the one that it is"})
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    began = time.perf_counter()
    connection.request("POST", "/api/v1/session", body, headers)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 401:
        sys.exit(f"{email}: {answer.status} instead of 401")
    return took


def run(address, known, generator):
    """The medians for known and unknown addresses."""
    connection = http.client.HTTPConnection(address)
    unknown = [email.replace("@", f"{generator.randrange(10)}@") for email in known]
    tries = [(True, email) for email in known] + [(False, email) for email in unknown]
    tries = tries * (TRIES // len(known))
    generator.shuffle(tries)
    for email in (known[0], unknown[0]):
        attempt(connection, email)
    times = {True: [], False: []}
    for is_known, email in tries:
        times[is_known].append(attempt(connection, email))
    return statistics.median(times[True]), statistics.median(times[False])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(PROGRAM))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    command = [options.binary, "demo", "--json", "--listen", "127.0.0.1:0", *LIMITS]
    environment = {**os.environ, "ROLECALL_LOG": "error"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        demo = json.loads(server.stdout.readline())
        known = [one["email"] for organization in demo["organizations"] for one in organization["people"]][:10]
        medians = []
        for number in range(RUNS):
            pair = run(urlsplit(demo["url"]).netloc, known, generator)
            medians.append(pair)
            ratio = round(pair[0] / pair[1], 4)
            line = {"run": number + 1, "known_ms": round(pair[0], 2), "unknown_ms": round(pair[1], 2), "ratio": ratio}
            print(json.dumps(line), flush=True)
    finally:
        server.terminate()
        server.wait()
    ratios = [known / unknown for known, unknown in medians]
    median = statistics.median(ratios)
    line = {"figure": "failed sign-in, known to unknown address", "median_ratio": round(median, 4)}
    line |= {"ratios": [round(ratio, 4) for ratio in ratios], "tries_each": TRIES, "failure_limits": "raised for this"}
    print(json.dumps(line))
    sys.exit(0 if abs(median - 1) <= APART else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""From an empty database to the first answer: time, memory, size. The floor is the same program printing its version.

Build first: `cargo build --release`. Prints one line of JSON per figure, each with all five runs.
"""

import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "target/release/rolecall"
RUNS = 5


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def floor():
    began = time.perf_counter()
    subprocess.run([PROGRAM, "--version"], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
            one.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return one.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def resident(process):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def start():
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        began = time.perf_counter()
        arguments = [PROGRAM, "serve", "--data", f"{folder}/data", "--listen", f"127.0.0.1:{port}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(arguments, env={**os.environ, "ROLECALL_LOG": "error"}, **quiet)
        while not answers(port):
            time.sleep(0.002)
        took = (time.perf_counter() - began) * 1000
        time.sleep(1)
        memory = resident(process)
        process.terminate()
        process.wait()
        return took, memory


def tell(figure, unit, runs, **more):
    runs = [round(run, 1) for run in runs]
    print(json.dumps({"figure": figure, "unit": unit, "median": statistics.median(runs), "runs": runs, **more}))


pairs = [(floor(), *start()) for _ in range(RUNS)]
floors, times, memories = zip(*pairs)
ratio = statistics.median(times) / statistics.median(floors)
tell("print the version (floor)", "ms", floors)
tell("start on an empty database, to the first answer", "ms", times, times_the_floor=round(ratio, 1))
tell("resident memory a second after", "MiB", memories)
print(json.dumps({"figure": "size of the program", "unit": "MiB", "value": round(PROGRAM.stat().st_size / 2**20, 1)}))

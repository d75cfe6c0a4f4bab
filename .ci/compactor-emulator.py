"""The compactor's Lambda on a day of a gigabyte: run by .ci/compactor-emulator.

Arguments: the Lambda's zip, the command line's program, the folder of raw objects, what the simulation said, the day, the
emulator's process id.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config

ZIP, PROGRAM, RAW, SAID, DAY, SERVER = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5], int(sys.argv[6])
MEMORY_MB = 256
# An answer may take as long as the Lambda; a second try would be a second run.
patient = Config(read_timeout=900, retries={"max_attempts": 0})
s3 = boto3.client("s3", region_name="us-east-1")
function = boto3.client("lambda", region_name="us-east-1", config=patient)


def upload():
    """The raw objects, and both buckets."""
    for bucket in ["raw", "lake"]:
        s3.create_bucket(Bucket=bucket)
    files = [path for path in RAW.rglob("*") if path.is_file() and ".unfinished" not in path.parts]
    put = lambda path: s3.put_object(Bucket="raw", Key=str(path.relative_to(RAW)), Body=path.read_bytes())
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(put, files))
    return len(files)


def deploy():
    """The Lambda, as the template will declare it, with few hosts in a shard: there is to be something to kill."""
    role = boto3.client("iam", region_name="us-east-1").create_role(RoleName="compactor", AssumeRolePolicyDocument="{}")
    variables = {"RAW_BUCKET": "raw", "LAKE_BUCKET": "lake", "FIRST_DAY": DAY, "HOSTS_PER_SHARD": "4",
                 "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"], "AWS_LAMBDA_LOG_LEVEL": "WARN"}
    function.create_function(
        FunctionName="compactor", Runtime="provided.al2023", Handler="bootstrap", Role=role["Role"]["Arn"],
        MemorySize=MEMORY_MB, Timeout=900, Code={"ZipFile": Path(ZIP).read_bytes()}, Environment={"Variables": variables},
    )


def bootstraps():
    """The Lambda's processes: those that descend from the emulator."""
    parents, programs = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                programs[int(entry.name)] = os.readlink(entry / "exe")
            except OSError:
                pass  # it has ended
    def descends(pid):
        while pid in parents:
            pid = parents[pid]
            if pid == SERVER:
                return True
        return False
    return [pid for pid, program in programs.items() if Path(program).name.startswith("bootstrap") and descends(pid)]


def peak_mb(pid):
    """The most memory a process has had: the kernel's high-water mark."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) / 1024
    except (OSError, TypeError):
        return 0  # it has ended


def keys(prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


class Invocation(threading.Thread):
    """One run of the schedule, and the most memory that its process was seen to have."""

    def __init__(self):
        super().__init__()
        self.answer, self.error, self.peak_mb = None, None, 0
        self.start()

    def run(self):
        try:
            answer = function.invoke(FunctionName="compactor", Payload=b"{}")
            self.error = answer.get("FunctionError")
            self.answer = json.loads(answer["Payload"].read() or b"null")
        except Exception as error:  # the connection may end with the process
            self.error = repr(error)

    def look(self):
        for pid in bootstraps():
            self.peak_mb = max(self.peak_mb, peak_mb(pid))


def killed_when(there):
    """A run that is killed as soon as something is there."""
    run = Invocation()
    while run.is_alive():
        run.look()
        if there():
            victims = bootstraps()
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            run.join()
            assert victims, "nobody was alive to be killed"
            assert not any(key.startswith("manifests/") for key in keys(f"manifests/dt={DAY}/")), "too late"
            return run
        time.sleep(0.02)
    raise AssertionError(f"it ended before it could be killed: {run.error} {run.answer}")


def to_its_end():
    run = Invocation()
    while run.is_alive():
        run.look()
        time.sleep(0.05)
    # The process lives on for the next invocation, so that this is its last word.
    run.look()
    assert run.error is None, f"{run.error}: {run.answer}"
    return run


def command(*arguments):
    place = ["--raw", "s3://raw", "--lake", "s3://lake"]
    done = subprocess.run([PROGRAM, arguments[0], *place, *arguments[1:]], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def main():
    said = re.search(r"([\d,]+) snapshots in .* ([\d.]+) GB of JSON", SAID.read_text())
    assert said and float(said[2]) >= 1, "the day is to have a gigabyte of JSON"
    snapshots = int(said[1].replace(",", ""))
    began = time.monotonic()
    print(f"{upload():,} raw objects uploaded in {time.monotonic() - began:.0f} s")
    deploy()

    below = f"commits/dt={DAY}/0/"
    there = lambda name: lambda: bool(keys(below + name))
    runs = [killed_when(there("00000.keys.json"))]
    print("killed while the first shard was built")
    runs.append(killed_when(there("00000.report.json")))
    print("killed after the first shard's report")
    runs.append(killed_when(there("00002.keys.json")))
    print("killed while the third shard was built")
    began = time.monotonic()
    runs.append(to_its_end())
    committed = runs[-1].answer["committed"]
    assert f"{DAY}.0" in committed, runs[-1].answer
    print(f"committed after {len(runs) - 1} kills, the last run took {time.monotonic() - began:.0f} s: {committed}")
    runs.append(to_its_end())
    # Nothing of this day; should it be 01:00 meanwhile, another one is due.
    answer = runs[-1].answer
    assert f"{DAY}.0" not in answer["committed"] and answer["left"] == 0, answer

    peak = max(run.peak_mb for run in runs)
    assert 0 < peak < MEMORY_MB, f"{peak:.0f} MB"
    print(f"at most {peak:.0f} MB of memory, of {MEMORY_MB}")

    manifest = json.loads(s3.get_object(Bucket="lake", Key=f"manifests/dt={DAY}/0.json")["Body"].read())
    assert (manifest["snapshots"], manifest["dropped"], manifest["quarantined"]) == (snapshots, 0, 0), manifest
    began = time.monotonic()
    proof = command("verify", "--deep", DAY)
    print(proof.strip())
    assert f"{manifest['rows']:,} rows" in proof and proof.strip().endswith("all equal"), proof
    print(f"compared in {time.monotonic() - began:.0f} s")
    print(command("explain", DAY).strip())


main()

"""The Lambda behind a REST API Gateway, as clients meet it: run by .ci/emulator.

Arguments: the Lambda's zip, the agent's program, a folder for what is temporary, the newest glibc allowed. Each case
says what was answered; the last line counts them.
"""

import gzip
import io
import json
import re
import subprocess
import sys
import time
import traceback
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import boto3
import requests
import zstandard

ZIP, AGENT, FOLDER, GLIBC = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]
BUCKET = "endpoint-metrics-raw"
KEY = "0123456789abcdef0123456789abcdef01234567"
s3, iam, function, gateway, secrets, logs = (
    boto3.client(name, region_name="us-east-1") for name in ["s3", "iam", "lambda", "apigateway", "secretsmanager", "logs"]
)
endpoint = s3.meta.endpoint_url


def deploy():
    """The Lambda, its bucket, and the gateway in front. What the template will declare, by the API's own calls."""
    s3.create_bucket(Bucket=BUCKET)
    role = iam.create_role(RoleName="ingest", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    arn = function.create_function(
        FunctionName="ingest", Runtime="provided.al2023", Handler="bootstrap", Role=role, MemorySize=128, Timeout=29,
        Code={"ZipFile": ZIP.read_bytes()},
        Environment={"Variables": {"RAW_BUCKET": BUCKET, "AWS_ENDPOINT_URL": endpoint, "AWS_LAMBDA_LOG_LEVEL": "WARN"}},
    )["FunctionArn"]
    # Without these two the gateway would hand on a compressed body as damaged text.
    api = gateway.create_rest_api(
        name="endpoint-metrics", binaryMediaTypes=["application/zstd", "application/gzip"], apiKeySource="HEADER"
    )["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for path, method in [("put-metrics", "POST"), ("health", "GET")]:
        where = {"restApiId": api, "httpMethod": method}
        where["resourceId"] = gateway.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        gateway.put_method(**where, authorizationType="NONE", apiKeyRequired=True)
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="Prod")
    limit(api, KEY, "fleet", rate=1000.0, burst=1000)
    return f"{endpoint}/restapis/{api}/Prod/_user_request_", api


def limit(api, value, name, rate, burst):
    """An API key in a usage plan of its own."""
    key = gateway.create_api_key(name=name, enabled=True, value=value)["id"]
    plan = gateway.create_usage_plan(
        name=name, apiStages=[{"apiId": api, "stage": "Prod"}], throttle={"rateLimit": rate, "burstLimit": burst}
    )["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")


def now_ms():
    return time.time_ns() // 1_000_000


def today():
    return datetime.now(timezone.utc).strftime("%Y-%m-%d")


def batch(first, count, filler=""):
    """Snapshots of a host of its own, a line each."""
    lines = []
    for seq in range(first, first + count):
        lines.append(json.dumps({
            "version": 1, "host_id": "i-0123456789abcdef0", "stream": "00c0ffee00c0ffee", "seq": seq, "boot_id": "3a6f",
            "observed_at_ms": now_ms(), "running_processes": [{"pid": 1, "name": "systemd"}], "from_tomorrow": filler,
        }, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def headers(**more):
    return {"x-api-key": KEY, "x-filed-day": today(), "x-sent-at-ms": str(now_ms())} | more


def post(body, **more):
    return requests.post(f"{URL}/put-metrics", data=body, headers=headers(**more), timeout=60)


def keys(prefix="raw/"):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def lines(key):
    stored = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    text = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(stored)).read()
    return [json.loads(line) for line in text.splitlines()]


def stored_by(act):
    """What an act leaves in the bucket that was not there before."""
    before = keys()
    return act(), sorted(keys() - before)


def expect(answer, code, /, **members):
    assert answer.status_code == code, f"{answer.status_code} {answer.text[:300]}"
    told = answer.json()
    for name, value in members.items():
        assert told.get(name) == value, f"{name}: {told}"
    return f"{code} {answer.text[:140]}"


def the_zip_holds_a_bootstrap_for_the_lambdas_linux():
    program = zipfile.ZipFile(ZIP).read("bootstrap")
    needed = max(tuple(map(int, version)) for version in re.findall(rb"GLIBC_(\d+)\.(\d+)", program))
    assert needed <= tuple(map(int, GLIBC.split("."))), f"needs glibc {needed}"
    return f"{len(program):,} bytes, zip {ZIP.stat().st_size:,} bytes, glibc {needed[0]}.{needed[1]}"


def health():
    began = time.monotonic()
    told = expect(requests.get(f"{URL}/health", headers={"x-api-key": KEY}, timeout=60), 200, status="ok")
    return f"{told}, the first answer after {(time.monotonic() - began) * 1000:.0f} ms"


def without_a_key():
    for answer in [
        requests.post(f"{URL}/put-metrics", data=batch(1, 1), headers=headers() | {"x-api-key": None}, timeout=60),
        requests.get(f"{URL}/health", timeout=60),
    ]:
        assert answer.status_code == 403, answer.text
    assert not keys()
    return "403 twice, nothing stored"


def with_a_wrong_key():
    answer = post(batch(1, 1), **{"x-api-key": KEY[:-1] + "8"})
    assert answer.status_code == 403 and not keys(), answer.text
    return f"403 {answer.text}, nothing stored"


def packed(body, kind):
    answer, new = stored_by(lambda: post(body, **{"content-type": kind}))
    told = expect(answer, 200, stored=2, duplicate=False)
    [key] = new
    found = lines(key)
    assert [line["running_processes"][0]["name"] for line in found] == ["systemd", "systemd"], found
    assert all(line["source_ip"] and line["received_at_ms"] and line["from_tomorrow"] == "é" for line in found), found
    return told


def zstd():
    return packed(zstandard.compress(batch(10, 2, "é")), "application/zstd")


def gzip_binary():
    return packed(gzip.compress(batch(20, 2, "é")), "application/gzip")


def gzip_that_the_gateway_unpacks():
    # The gateway undoes it and leaves the header, or hands it on as it is: both must do.
    body = gzip.compress(batch(30, 2, "é"))
    answer = post(body, **{"content-type": "application/gzip", "content-encoding": "gzip"})
    return expect(answer, 200, stored=2)


def plain():
    return packed(batch(40, 2, "é"), "application/json")


def the_largest_that_arrives():
    # 4.4 MB of binary are 5.9 MB of base64, and a Lambda's event is at most 6 MB.
    import random
    rng = random.Random(4)
    # Texts as long as ingest takes them.
    noise = ["".join(rng.choices("0123456789abcdef", k=65_530)) for _ in range(132)]
    body = zstandard.compress(batch(50, 1, noise), 1)
    assert 4_300_000 < len(body) < 4_450_000, len(body)
    answer, new = stored_by(lambda: post(body, **{"content-type": "application/zstd"}))
    told = expect(answer, 200, stored=1)
    assert lines(new[0])[0]["from_tomorrow"] == noise
    return f"{len(body):,} bytes: {told}"


def the_same_batch_again():
    body = batch(60, 2)
    expect(post(body), 200, duplicate=False)
    answer, new = stored_by(lambda: post(zstandard.compress(body), **{"content-type": "application/zstd"}))
    assert new == []
    return expect(answer, 200, duplicate=True)


def what_breaks_the_contract():
    body = batch(70, 2).replace(b'"pid":1', b'"pid":-1')
    answer, new = stored_by(lambda: post(body))
    assert new == []
    return expect(answer, 400, line=1, field="/running_processes/0/pid")


def a_day_out_of_reach():
    return expect(post(batch(80, 1), **{"x-filed-day": "2020-01-01"}), 409)


def an_encoding_that_is_not_spoken():
    return expect(post(b"BZh91AY", **{"content-type": "application/zstd"}), 415)


def the_original_program():
    """As that program posts: `requests`, a JSON document, the key, no identity."""
    document = {
        "processor": "x86_64", "running_processes": [{"pid": 1, "name": "systemd"}, {"pid": 77, "name": "cron"}],
        "users": [{"user": "ann", "terminal": "pts/0", "host": "198.51.100.7", "started": 1795170000.5, "pid": 4000}],
        "os_name": "Linux", "os_version": "#1 SMP", "ip": "10.0.0.7",
    }
    answer, new = stored_by(
        lambda: requests.post(f"{URL}/put-metrics", json=document, headers={"x-api-key": KEY}, timeout=60)
    )
    told = expect(answer, 200, stored=1)
    assert new[0].startswith(f"raw/dt={today()}/host=127.0.0.1/"), new
    [line] = lines(new[0])
    assert line["users"] == document["users"] and line["running_processes"] == document["running_processes"], line
    return told


def throttled():
    limit(API, "f" * 40, "slow", rate=1.0, burst=1)
    codes = [
        requests.get(f"{URL}/health", headers={"x-api-key": "f" * 40}, timeout=60).status_code for _ in range(20)
    ]
    assert set(codes) == {200, 429}, codes
    return f"{codes.count(200)} times 200, {codes.count(429)} times 429"


def agent(state, *arguments):
    """The real agent, a process of its own; address and key come from Secrets Manager."""
    command = [AGENT, "--once", "--host-id", "this-machine", "--state-dir", str(FOLDER / state), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def the_agent():
    secrets.create_secret(Name="INSTANCE_METRICS_URL", SecretString=f"{URL}/put-metrics")
    secrets.create_secret(Name="INSTANCE_METRICS_APIKEYSECRET", SecretString=json.dumps({"api_key": KEY}))
    ran, new = stored_by(lambda: agent("spool"))
    assert ran.returncode == 0, ran.stderr
    [line] = [line for key in new for line in lines(key)]
    names = {process["name"] for process in line["running_processes"]}
    assert "endpoint-metrics"[:15] in names or len(names) > 2, names
    assert waiting("spool") == [], waiting("spool")
    return f"{new[0]}: {len(line['running_processes'])} processes of {line['os_name']}"


def waiting(state):
    """The sealed batches in a spool, and the journal unless it is empty."""
    spooled = [path for path in (FOLDER / state).rglob("*") if path.suffix in [".zst", ".ndjson"]]
    return [path.name for path in spooled if path.stat().st_size]


def the_agent_with_a_wrong_key():
    secrets.create_secret(Name="wrong", SecretString="not-the-key")
    ran, new = stored_by(lambda: agent("kept", "--key-secret", "wrong"))
    assert ran.returncode == 1 and new == [] and waiting("kept"), f"{ran.returncode} {ran.stderr} {waiting('kept')}"
    ran, new = stored_by(lambda: agent("kept"))
    assert ran.returncode == 0 and waiting("kept") == [], ran.stderr
    found = [line for key in new for line in lines(key)]
    assert len(found) == 2 and len({line["seq"] for line in found}) == 2, [line["seq"] for line in found]
    return "1 and nothing lost; with the key both snapshots arrived"


def the_log():
    """Metrics, and a line for each request that was not 200, without a word of what was sent."""
    events = logs.filter_log_events(logGroupName="/aws/lambda/ingest")["events"]
    text = [event["message"].strip() for event in events]
    ours = [line for line in text if not re.match(r"(INIT_START|START|END|REPORT) ", line)]
    metrics = [json.loads(line) for line in ours if line.startswith('{"')]
    counted = sum(line["Batches"] for line in metrics if "_aws" in line)
    assert counted >= 1, text
    assert any("malformed" in line for line in ours) and not any("systemd" in line for line in ours), ours
    return f"{len(ours)} lines for {len(CASES)} cases, {counted} batches counted so far: {ours[0][:100]}"


def nothing_but_raw():
    assert all(key.startswith("raw/") for key in keys("")), keys("")
    return f"{len(keys(''))} objects, all below raw/"


CASES = [
    the_zip_holds_a_bootstrap_for_the_lambdas_linux, health, without_a_key, with_a_wrong_key, zstd, gzip_binary,
    gzip_that_the_gateway_unpacks, plain, the_largest_that_arrives, the_same_batch_again, what_breaks_the_contract,
    a_day_out_of_reach, an_encoding_that_is_not_spoken, the_original_program, throttled, the_agent,
    the_agent_with_a_wrong_key, the_log, nothing_but_raw,
]

URL, API = deploy()
failed = 0
for case in CASES:
    try:
        print(f"{case.__name__.replace('_', ' ')}: {case()}", flush=True)
    except Exception:
        failed += 1
        print(f"{case.__name__.replace('_', ' ')}: FAILED\n{traceback.format_exc()}", flush=True)
print(f"{len(CASES) - failed} passed, {failed} failed")
sys.exit(failed != 0)

// A real server that speaks CloudWatch's wire (moto), and botocore's signer as a second opinion on ours.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { createPontem } from "../../../mod.ts";
import { memoryRuntime } from "../../../src/testing.ts";
import { CredentialsCache } from "../../../src/ship/aws/credentials.ts";
import { AwsSigner } from "../../../src/ship/aws/sign.ts";
import { startShipper } from "../../../src/ship/mod.ts";
import { tempDir } from "../../support/runtime.ts";
import { fakeCloudWatch } from "../fake/cloudwatch.ts";
import { freePort, madeOnce, type RunningServer, runTool, sayMissing, startServer } from "./tools.ts";

const MOTO = "moto[server]==5.2.5";
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

const made = await madeOnce(
  "moto-5.2.5",
  (folder) => runTool("python3", ["-m", "venv", folder]) ?? runTool(`${folder}/bin/pip`, ["install", "--quiet", MOTO]),
);
if ("problem" in made) sayMissing("moto and botocore", made.problem);

describe("CloudWatch's wire", { skip: "problem" in made }, () => {
  const folder = "folder" in made ? made.folder : "";
  let server: RunningServer | undefined;
  let endpoint = "";

  before(async () => {
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    server = await startServer(`${folder}/bin/moto_server`, ["-H", "127.0.0.1", "-p", String(port)], async () => {
      const response = await fetch(`${endpoint}/moto-api/`);
      await response.body?.cancel();
      return response.ok;
    });
  });
  after(async () => {
    await server?.stop();
  });

  it("every record arrives, in a group and a stream that were made for it", async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/logs`);
    const pontem = createPontem({
      serviceName: "camera",
      resource: { "device.id": "d-1" },
      emitDir: `${dir}/logs`,
      rotation: { maxBytes: 20_000 },
      retention: { maxFiles: 1_000 },
      runRecord: false,
      signals: false,
    });
    for (let i = 0; i < 500; i++) pontem.logger.info("seen", { i });
    await pontem.shutdown();
    const shipper = await startShipper({
      sources: [`${dir}/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "cloudwatch", region: "eu-west-2", endpoint, retentionDays: 30 }],
      heartbeatMs: 0,
    }, { once: true, keepAlive: true, credentials: () => Promise.resolve(CREDENTIALS) });
    assert.equal(await shipper.done, "settled");
    const { sinks: [sink] } = await shipper.stop();
    assert.equal(sink?.records.acked, sink?.records.written);
    const stored = await python(
      folder,
      `
import boto3, json
logs = boto3.client("logs", region_name="eu-west-2", endpoint_url="${endpoint}", aws_access_key_id="x", aws_secret_access_key="y")
group = logs.describe_log_groups()["logGroups"][0]
events, token = [], None
while True:
    page = logs.get_log_events(logGroupName="/pontem/camera", logStreamName="d-1", startFromHead=True, **({"nextToken": token} if token else {}))
    events += page["events"]
    if page["nextForwardToken"] == token: break
    token = page["nextForwardToken"]
print(json.dumps({"retention": group.get("retentionInDays"), "i": sorted(json.loads(e["message"])["attributes"]["i"] for e in events)}))
`,
    ) as { retention: number; i: number[] };
    assert.deepEqual(stored.i, Array.from({ length: 500 }, (_, i) => i));
    assert.equal(stored.retention, 30);
  });

  it("botocore signs the same request the same way", async () => {
    const runtime = memoryRuntime();
    const signer = new AwsSigner({
      runtime,
      region: "eu-west-2",
      service: "logs",
      credentials: new CredentialsCache(runtime, () => Promise.resolve({ ...CREDENTIALS, sessionToken: "token/=+" })),
    });
    const url = "https://logs.eu-west-2.amazonaws.com/";
    // Not the type of the content: botocore signs it, aws4fetch does not, and AWS takes both.
    const headers = { "X-Amz-Target": "Logs_20140328.PutLogEvents" };
    const body = JSON.stringify({ logGroupName: "/pontem/ü", logEvents: [{ timestamp: 1, message: "x \u{1f600}" }] });
    const ours = await signer.sign({ url, method: "POST", headers, body: new TextEncoder().encode(body) });
    const date = ours["X-Amz-Date"];
    assert.ok(date !== undefined);
    const theirs = await python(
      folder,
      `
import datetime, json, sys
from unittest import mock
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
import botocore.auth
given = json.loads(sys.stdin.read())
now = datetime.datetime.strptime(given["date"], "%Y%m%dT%H%M%SZ")
request = AWSRequest(method="POST", url=given["url"], data=given["body"].encode(), headers=given["headers"])
class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls): return now
    @classmethod
    def now(cls, tz=None): return now.replace(tzinfo=tz)
with mock.patch.object(botocore.auth, "get_current_datetime", lambda *a, **k: now, create=True), mock.patch("botocore.auth.datetime", mock.Mock(datetime=Clock, timezone=datetime.timezone), create=True):
    SigV4Auth(Credentials("${CREDENTIALS.accessKeyId}", "${CREDENTIALS.secretAccessKey}", "token/=+"), "logs", "eu-west-2").add_auth(request)
print(json.dumps(dict(request.headers)))
`,
      JSON.stringify({ date, url, headers, body }),
    ) as Record<string, string>;
    assert.equal(theirs["X-Amz-Date"], date);
    assert.equal(ours["Authorization"], theirs["Authorization"]);
  });

  it("botocore puts events into our fake, which checks its signature, and hears what is wrong", async () => {
    const fake = await fakeCloudWatch({
      keys: { [CREDENTIALS.accessKeyId]: { ...CREDENTIALS, sessionToken: "token/=+" } },
    });
    try {
      const told = await python(
        folder,
        `
import boto3, json, time
def client(secret):
    return boto3.client("logs", region_name="eu-west-2", endpoint_url="${fake.url}", aws_access_key_id="${CREDENTIALS.accessKeyId}", aws_secret_access_key=secret, aws_session_token="token/=+")
logs, now = client("${CREDENTIALS.secretAccessKey}"), int(time.time() * 1000)
names = {"logGroupName": "/probe", "logStreamName": "a b"}
def name_of(call):
    try: return call() and None
    except Exception as error: return type(error).__name__ + " " + error.response["Error"]["Code"]
put = lambda *times, by=logs: by.put_log_events(**names, logEvents=[{"timestamp": now + t, "message": "\u00fc"} for t in times])
missing = name_of(lambda: put(0))
logs.create_log_group(logGroupName="/probe")
logs.create_log_stream(**names)
rejected = put(-15 * 86400000, 0, 3 * 3600000)["rejectedLogEventsInfo"]
print(json.dumps({"missing": missing, "rejected": rejected, "order": name_of(lambda: put(0, -1)), "secret": name_of(lambda: put(0, by=client("other")))}))
`,
      );
      assert.deepEqual(told, {
        missing: "ResourceNotFoundException ResourceNotFoundException",
        rejected: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 },
        order: "InvalidParameterException InvalidParameterException",
        secret: "ClientError InvalidSignatureException",
      });
      assert.equal(fake.groups.get("/probe")?.streams.get("a b")?.length, 1);
    } finally {
      await fake.close();
    }
  });
});

/** Runs while this process goes on: what it asks may be a server of ours. */
function python(folder: string, script: string, stdin = ""): Promise<unknown> {
  const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
  return new Promise((resolve, reject) => {
    const child = execFile(`${folder}/bin/python`, ["-c", script], { env, encoding: "utf8" }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(error);
    });
    child.stdin?.end(stdin);
  });
}

// CloudWatch Logs: groups and streams are made on demand, by names that AWS takes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LogGroups, MAX_WAITING } from "../../../src/ship/sink/cloudwatch_groups.ts";
import { awsName } from "../../../src/ship/sink/cloudwatch_names.ts";
import { answer } from "../support_exchange.ts";
import { awsAnswer, OK, scripted } from "./cloudwatch_support.ts";
import { log } from "./loki_support.ts";

describe("CloudWatch Logs: groups and streams", () => {
  const MISSING = awsAnswer("ResourceNotFoundException");
  const DENIED = awsAnswer("AccessDeniedException");

  it("another shipper may make them in the same moment", async () => {
    const { send, actions } = scripted((action, number) =>
      action === "PutLogEvents" ? (number > 1 ? OK : MISSING) : awsAnswer("ResourceAlreadyExistsException")
    );
    assert.equal((await send([log(0)])).kind, "ack");
    assert.deepEqual(actions(), ["PutLogEvents", "CreateLogStream", "PutLogEvents"]);
  });

  it("what was made is not there at once: again, later", async () => {
    const { send } = scripted((action) => action === "PutLogEvents" ? MISSING : answer(200));
    assert.equal((await send([log(0)])).kind, "retry");
  });

  it("throttled while they are made: again, later", async () => {
    const { send } = scripted((action) => action === "PutLogEvents" ? MISSING : awsAnswer("LimitExceededException"));
    assert.equal((await send([log(0)])).kind, "retry");
  });

  it("a retention that cannot be set keeps no record back; what passes is tried with the next batch", async () => {
    let retention = awsAnswer("ThrottlingException");
    let isThere = false;
    const { send, actions } = scripted((action) => {
      if (action === "PutRetentionPolicy") return retention;
      if (action === "CreateLogStream" && !actions().includes("CreateLogGroup")) return MISSING;
      if (action === "CreateLogStream") isThere = true;
      if (action !== "PutLogEvents") return answer(200);
      return isThere ? OK : MISSING;
    }, { retentionDays: 30 });
    const count = () => actions().filter((action) => action === "PutRetentionPolicy").length;
    const first = await send([log(0)]);
    assert.match(first.kind === "ack" ? first.warning ?? "" : "", /retention .*ThrottlingException/);
    retention = DENIED;
    const second = await send([log(1)]);
    assert.match(second.kind === "ack" ? second.warning ?? "" : "", /retention .*AccessDenied/);
    const before = count();
    assert.deepEqual(await send([log(2)]), { kind: "ack" });
    assert.equal(count(), before);
  });

  it("so many groups wait for their retention, and no more", async () => {
    const groups = new LogGroups(30);
    let hasGroup = false;
    const asked: unknown[] = [];
    const call = (action: string, body: Readonly<Record<string, unknown>>) => {
      if (action === "PutRetentionPolicy") asked.push(body["logGroupName"]);
      const isMissing = action === "CreateLogStream" && !hasGroup;
      hasGroup = action === "CreateLogGroup";
      return Promise.resolve(isMissing ? MISSING : answer(200));
    };
    const names = Array.from({ length: MAX_WAITING + 1 }, (_, i) => `group-${i}`);
    for (const name of names) await groups.make(call, name, "stream");
    for (const name of names) await groups.keep(call, name);
    assert.deepEqual(asked, names.slice(1));
  });

  it("are not made when told so", async () => {
    const { send, requests } = scripted(() => MISSING, { create: false });
    assert.equal((await send([log(0)])).kind, "hold");
    assert.equal(requests.length, 1);
  });

  it("names hold what AWS allows", () => {
    const resource = {
      "service.name": "a b:c*d\ud800",
      "device.id": "x:y*z/ü\u0007",
      n: 7,
      o: {},
      long: "d".repeat(600),
    };
    assert.equal(awsName("/pontem/{service.name}", resource, "group"), "/pontem/a_b_c_d_");
    assert.equal(awsName("{device.id}", resource, "stream"), "x_y_z/ü_");
    assert.equal(awsName("{n}-{o}-{nobody}", resource, "stream"), "7-unknown-unknown");
    assert.equal(awsName("{long}", resource, "stream").length, 512);
    assert.equal(awsName("{long}", { long: "" }, "group"), "unknown");
  });

  it("what AWS takes no name of is an error at the start, with what helps", () => {
    const start = (more: Record<string, unknown>) => () => scripted(undefined, more);
    assert.throws(start({ group: "a b" }), /AWS takes no " " in the name of a log group\. Change "group"/);
    assert.throws(start({ group: "aws/x" }), /begin with "aws\/"/);
    assert.throws(start({ group: "" }), /needs a name/);
    assert.throws(start({ stream: "a:{x}" }), /takes no ":"/);
    assert.throws(start({ region: "evil.example/" }), /region "evil\.example\/".* such as "eu-west-2"/);
    assert.throws(start({ retentionDays: 31 }), /"retentionDays" of 31: the next that it takes is 60/);
  });
});

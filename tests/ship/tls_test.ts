// Receivers behind TLS: who is trusted, who is let in, and what is told about it. Real handshakes on 127.0.0.1.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import * as tls from "node:tls";
import { createPontem } from "../../mod.ts";
import { type LokiSinkConfig, type ShipConfigInput, type ShipHealth, startShipper } from "../../src/ship/mod.ts";
import { runChild, runtimeName, tempDir } from "../support/runtime.ts";
import { until } from "../support/until.ts";
import { type FakeLoki, fakeLoki } from "./fake/loki.ts";
import { type FakeServer, fakeServer } from "./fake/server.ts";
import { tlsFile, type TlsFront, tlsFront, type TlsFrontOptions } from "./fake/tls.ts";

const RECORDS = 20;
const CA = { ca: tlsFile("ca.pem") };
const DEVICE = { cert: tlsFile("device.pem"), key: tlsFile("device.key") };
const UNVERIFIED = "TLS failed: the certificate of the receiver cannot be verified";
/** What no file and no answer may show. */
const SECRETS = ["hunter2", "swordfish", ...["ca.pem", "device.pem", "device.key"].map((name) => pemLine(name))];

function pemLine(name: string): string {
  return readFileSync(tlsFile(name as "ca.pem"), "utf8").split("\n")[1] ?? assert.fail();
}

/** A service's records, a shipper's state, and a Loki behind TLS. */
class Place {
  readonly dir = tempDir();
  readonly loki: FakeLoki;
  readonly front: TlsFront;

  private constructor(loki: FakeLoki, front: TlsFront) {
    this.loki = loki;
    this.front = front;
  }

  static async make(options?: TlsFrontOptions): Promise<Place> {
    const loki = await fakeLoki();
    const place = new Place(loki, await tlsFront(loki.url, options));
    mkdirSync(`${place.dir}/logs`);
    const pontem = createPontem({
      serviceName: "scoring",
      emitDir: `${place.dir}/logs`,
      runRecord: false,
      signals: false,
    });
    for (let i = 0; i < RECORDS; i++) pontem.logger.info("scored", { i });
    await pontem.shutdown();
    return place;
  }

  config(certificates: LokiSinkConfig["tls"], url = this.front.url): ShipConfigInput {
    writeFileSync(`${this.dir}/token`, "swordfish\n");
    const sink = {
      type: "loki",
      name: "site",
      url,
      auth: { bearer: { file: `${this.dir}/token` } },
      batch: { maxAgeMs: 10 },
      headers: { "X-Device-Key": { env: "PONTEM_TEST_DEVICE_KEY" } },
      ...(certificates === undefined ? {} : { tls: certificates }),
    } as const;
    return {
      sources: [`${this.dir}/logs`],
      state: `${this.dir}/ship`,
      sinks: [sink],
      heartbeatMs: 0,
      startJitterMs: 0,
    };
  }

  /** Runs until a request has failed; says why. */
  async refused(certificates: LokiSinkConfig["tls"], url?: string): Promise<string> {
    const shipper = await startShipper(this.config(certificates, url), { keepAlive: true });
    const reasons = (): string[] =>
      Object.values(shipper.health().sinks[0]?.lanes ?? {}).flatMap(({ reason }) =>
        reason === undefined ? [] : [reason]
      );
    let health: ShipHealth;
    try {
      await until(() => reasons().length > 0);
    } finally {
      health = await shipper.stop({ timeoutMs: 0 });
    }
    const { acked, deadLettered, shed } = health.sinks[0]?.records ?? assert.fail();
    assert.deepEqual([acked, deadLettered, shed, this.loki.stored.length], [0, 0, 0, 0]);
    this.assertNothingShown(health);
    return reasons()[0] ?? "";
  }

  /** Sends what is there; it must arrive, each record once. */
  async delivered(certificates: LokiSinkConfig["tls"], url?: string): Promise<void> {
    const shipper = await startShipper(this.config(certificates, url), { once: true, keepAlive: true });
    assert.equal(await shipper.done, "settled");
    this.assertNothingShown(await shipper.stop());
    const scored = this.loki.stored.filter(({ labels }) => labels["service_name"] === "scoring");
    const numbers = scored.map(({ line }) => (JSON.parse(line) as { attributes: { i: number } }).attributes.i);
    assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: RECORDS }, (_, i) => i));
    const { headers } = this.loki.requests[0] ?? assert.fail();
    assert.deepEqual([headers["authorization"], headers["x-device-key"]], ["Bearer swordfish", "hunter2"]);
  }

  assertNothingShown(health: ShipHealth): void {
    const shown = [
      JSON.stringify(health),
      ...this.loki.stored.map((entry) => `${entry.line}${JSON.stringify(entry.labels)}`),
    ];
    const visit = (dir: string): void => {
      for (const name of readdirSync(dir)) {
        const path = `${dir}/${name}`;
        if (statSync(path).isDirectory()) visit(path);
        else shown.push(readFileSync(path, "latin1"));
      }
    };
    visit(`${this.dir}/ship`);
    assert.ok(shown.length > 3, "its own records are there");
    for (const text of shown) for (const secret of SECRETS) assert.ok(!text.includes(secret), text);
  }

  async close(): Promise<void> {
    await this.front.close();
    await this.loki.close();
  }
}

async function at(work: (place: Place) => Promise<void>, options?: TlsFrontOptions): Promise<void> {
  process.env["PONTEM_TEST_DEVICE_KEY"] = "hunter2";
  const place = await Place.make(options);
  try {
    await work(place);
  } finally {
    await place.close();
    delete process.env["PONTEM_TEST_DEVICE_KEY"];
  }
}

describe("R25: a receiver behind TLS", () => {
  it("of an authority that nobody trusts gets nothing, not even a header, and everything once it is trusted", async () => {
    await at(async (place) => {
      assert.equal(await place.refused(undefined), UNVERIFIED);
      assert.equal(place.loki.requests.length, 0);
      await place.delivered(CA);
      assert.ok(place.front.handshakes > 0);
    });
  });

  it("of another authority than the sink names gets nothing", async () => {
    await at(async (place) => {
      assert.equal(await place.refused({ ca: tlsFile("other_ca.pem") }), UNVERIFIED);
      assert.equal(place.loki.requests.length, 0);
    });
  });

  it("with the certificate of another host gets nothing", async () => {
    await at(async (place) => {
      assert.equal(await place.refused(CA), UNVERIFIED);
      assert.equal(place.loki.requests.length, 0);
    }, { as: "elsewhere" });
  });

  it("that asks for a certificate of the device gets nothing without one, and everything with it", async () => {
    await at(async (place) => {
      // With TLS 1.3 a client may be writing already when it hears that it is not let in.
      assert.match(await place.refused(CA), /^TLS failed: the receiver ended the handshake|^Connection reset$/);
      assert.equal(place.loki.requests.length, 0);
      await place.delivered({ ...CA, ...DEVICE });
    }, { mutual: true });
  });

  it("is not trusted because it lets the device in", async () => {
    await at(async (place) => {
      assert.equal(await place.refused({ ca: tlsFile("other_ca.pem"), ...DEVICE }), UNVERIFIED);
      assert.equal(place.loki.requests.length, 0);
    }, { mutual: true });
  });

  it("that sends elsewhere is not followed: the token goes to no other address", async () => {
    const elsewhere: FakeServer = await fakeServer(() => ({ status: 204 }));
    await at(async (place) => {
      const moving = await fakeServer(() => ({
        status: 307,
        headers: { Location: `${elsewhere.url}/loki/api/v1/push` },
      }));
      const front = await tlsFront(moving.url);
      try {
        assert.match(await place.refused(CA, front.url), /307/);
        assert.ok(moving.requests.length > 0);
        assert.deepEqual([elsewhere.requests.length, elsewhere.connections], [0, 0]);
      } finally {
        await front.close();
        await moving.close();
      }
    });
    await elsewhere.close();
  });

  // Node 20 cannot tell which authorities were added to its own.
  const skip = runtimeName() === "node" && tls.getCACertificates === undefined;
  it("is trusted for an authority of the system also where the sink has one of its own", { skip }, async () => {
    await at(async (place) => {
      const { code, stdout, stderr } = await runChild(new URL("./fixture/tls_sink.ts", import.meta.url), {
        args: [place.front.url, tlsFile("other_ca.pem")],
        denoFlags: ["--allow-read", "--allow-net=127.0.0.1"],
        env: { NODE_EXTRA_CA_CERTS: tlsFile("ca.pem"), DENO_CERT: tlsFile("ca.pem") },
      });
      assert.deepEqual([code, stdout.trim()], [0, "404"], stderr);
    });
  });
});

describe("R25: certificates of a sink", () => {
  async function failure(certificates: LokiSinkConfig["tls"]): Promise<string> {
    let message = "";
    await at(async (place) => {
      await assert.rejects(startShipper(place.config(certificates)), (error: Error) => {
        message = error.message;
        return true;
      });
    });
    for (const secret of SECRETS) assert.ok(!message.includes(secret), message);
    return message;
  }

  it("that are missing or no PEM are an error at the start, which names the file", async () => {
    assert.match(await failure({ ca: "/nowhere/ca.pem" }), /^Cannot read the certificate "\/nowhere\/ca\.pem": /);
    const path = `${tempDir()}/key.pem`;
    writeFileSync(path, "hunter2\n");
    const { cert } = DEVICE;
    assert.equal(await failure({ cert, key: path }), `Cannot read the certificate "${path}": it is no PEM`);
  });

  it("that do not fit together, or are broken, are an error at the start, which shows nothing of them", async () => {
    const { cert } = DEVICE;
    assert.match(
      await failure({ cert, key: tlsFile("server.key") }),
      /^Cannot use the certificates of the sink "site": /,
    );
    const path = `${tempDir()}/key.pem`;
    writeFileSync(path, "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n");
    assert.match(await failure({ cert, key: path }), /^Cannot use the certificates of the sink "site": .*"tls"$/);
    assert.match(await failure({ cert }), /sinks\[0\]\.tls: Expected "cert" and "key" together/);
    assert.match(await failure({ key: DEVICE.key }), /sinks\[0\]\.tls: Expected "cert" and "key" together/);
  });

  it("let no secret go over the network in the clear, unless it says so", async () => {
    await at(async (place) => {
      const plain = place.config(undefined, "http://192.0.2.1:3100");
      await assert.rejects(startShipper(plain), /sinks\[0\]\.url: The secret would go over the network in the clear/);
      const [sink] = plain.sinks;
      assert.ok(sink !== undefined);
      const told = { ...plain, sinks: [{ ...sink, insecure: true }] } as ShipConfigInput;
      const transport = (): Promise<never> => Promise.reject(new Error("ECONNREFUSED"));
      await (await startShipper(told, { transport })).stop();
    });
  });
});

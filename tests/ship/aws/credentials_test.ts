// Credentials for AWS: where they come from, how long they are kept, and that nothing shows them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../../src/testing.ts";
import { type AwsCredentials, CredentialsCache, PROVIDER_MS } from "../../../src/ship/aws/credentials.ts";
import { surroundingCredentials } from "../../../src/ship/aws/surrounding_credentials.ts";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import { answer } from "../support_exchange.ts";

const KEY = { accessKeyId: "AKID", secretAccessKey: "sEcReT", sessionToken: undefined, expiresMs: undefined };
const MINUTE_MS = 60_000;

describe("credentials that are kept", () => {
  function cacheOf(provider: (time: number, nowMs: number) => Promise<AwsCredentials>) {
    const runtime = memoryRuntime();
    let asked = 0;
    const cache = new CredentialsCache(runtime, () => provider(++asked, runtime.host.wallClock()));
    const pass = (ms: number) => runtime.machine.clock.advance(ms);
    return { cache, pass, asked: () => asked };
  }

  it("are asked for once by all who wait, and again five minutes before they end", async () => {
    const { cache, pass, asked } = cacheOf((_, now) => Promise.resolve({ ...KEY, expiresMs: now + 60 * MINUTE_MS }));
    await Promise.all([cache.get(), cache.get(), cache.get()]);
    pass(54 * MINUTE_MS);
    await cache.get();
    assert.equal(asked(), 1);
    pass(2 * MINUTE_MS);
    await cache.get();
    assert.equal(asked(), 2);
  });

  it("are asked for every fifteen minutes when they say not how long they hold", async () => {
    const { cache, pass, asked } = cacheOf(() => Promise.resolve(KEY));
    await cache.get();
    pass(14 * MINUTE_MS);
    await cache.get();
    assert.equal(asked(), 1);
    pass(2 * MINUTE_MS);
    await cache.get();
    assert.equal(asked(), 2);
  });

  it("that have ended by a wrong clock are not asked for with each request", async () => {
    const { cache, pass, asked } = cacheOf(() => Promise.resolve({ ...KEY, expiresMs: 1 }));
    await cache.get();
    await cache.get();
    assert.equal(asked(), 1);
    pass(11_000);
    await cache.get();
    assert.equal(asked(), 2);
  });

  it("hold to their end when no new ones are given", async () => {
    const { cache, pass, asked } = cacheOf((time, now) =>
      time === 1 ? Promise.resolve({ ...KEY, expiresMs: now + 10 * MINUTE_MS }) : Promise.reject(new Error("down"))
    );
    await cache.get();
    pass(6 * MINUTE_MS);
    assert.equal((await cache.get()).accessKeyId, "AKID");
    await cache.get();
    assert.equal(asked(), 2);
    pass(5 * MINUTE_MS);
    await assert.rejects(cache.get(), /No credentials for AWS/);
  });

  it("that were refused are not used again", async () => {
    const { cache } = cacheOf((time) => time === 1 ? Promise.resolve(KEY) : Promise.reject(new Error("down")));
    await cache.get();
    cache.forget();
    await assert.rejects(cache.get(), /No credentials for AWS/);
  });

  it("that do not come are not waited for, and asked for anew", async () => {
    const { cache, pass } = cacheOf((time) => time === 1 ? new Promise(() => {}) : Promise.resolve(KEY));
    const first = cache.get();
    pass(PROVIDER_MS + 1);
    await assert.rejects(first, /none were given within 30 s/);
    assert.equal((await cache.get()).accessKeyId, "AKID");
  });

  it("show nothing of what was thrown but its code", async () => {
    const thrown = Object.assign(new Error("token sEcReT is wrong"), { code: "ECONNREFUSED" });
    for (const [error, expected] of [[thrown, /\(ECONNREFUSED\)/], ["sEcReT", /failed$/], [null, /failed$/]] as const) {
      const { cache } = cacheOf(() => Promise.reject(error));
      const seen = await cache.get().then(() => new Error("none"), (reason: unknown) => reason as Error);
      assert.match(seen.message, expected);
      assert.doesNotMatch(`${seen.message}${seen.stack}`, /sEcReT/);
    }
  });

  it("that are none are refused without being shown", async () => {
    const none = [{}, { accessKeyId: "A" }, { ...KEY, sessionToken: "sEcReT\nX: y" }, { ...KEY, secretAccessKey: "" }];
    for (const given of none) {
      const { cache } = cacheOf(() => Promise.resolve(given as AwsCredentials));
      await assert.rejects(
        cache.get(),
        (error: Error) => !error.message.includes("sEcReT") && /visible/.test(error.message),
      );
    }
  });
});

describe("credentials of the surroundings", () => {
  function world(env: Record<string, string>, respond: () => SinkResponse = () => answer(500)) {
    const runtime = memoryRuntime({ env });
    const requests: SinkRequest[] = [];
    const provider = surroundingCredentials(runtime, (request) => {
      requests.push(request);
      return Promise.resolve(respond());
    });
    return { runtime, requests, provider };
  }
  const given = () =>
    answer(200, '{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2026-11-24T22:22:13Z"}');
  const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

  it("are those of the environment, without a request", async () => {
    const env = {
      AWS_ACCESS_KEY_ID: "A",
      AWS_SECRET_ACCESS_KEY: "S",
      AWS_SESSION_TOKEN: "T",
      [FULL]: "http://localhost/",
    };
    const { provider, requests } = world(env);
    assert.deepEqual(await provider(), { accessKeyId: "A", secretAccessKey: "S", sessionToken: "T" });
    assert.equal(requests.length, 0);
  });

  it("are those of the container, at its own address", async () => {
    const { provider, requests } = world({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x?id=1" }, given);
    assert.deepEqual(await provider(), {
      accessKeyId: "A",
      secretAccessKey: "S",
      sessionToken: "T",
      expiresMs: Date.parse("2026-11-24T22:22:13Z"),
    });
    assert.deepEqual([requests[0]?.url, requests[0]?.method], ["http://169.254.170.2/v2/x?id=1", "GET"]);
  });

  it("are asked for with the token, which a file may hold and change", async () => {
    const { runtime, provider, requests } = world({
      [FULL]: "http://169.254.170.23/v1",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/token",
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "other",
    }, given);
    for (const token of ["one", "two"]) {
      const handle = runtime.fs.createNew(`/${token}`, 0o600);
      handle.write(new TextEncoder().encode(`${token}\n`), 0, token.length + 1);
      handle.close();
      runtime.fs.rename(`/${token}`, "/token");
      await provider();
    }
    assert.deepEqual(requests.map(({ headers }) => headers["Authorization"]), ["one", "two"]);
  });

  it("are asked for only where nobody listens in", async () => {
    for (const url of ["https://any.example/x", "http://localhost:1/", "http://127.0.0.2/", "http://[::1]:80/x"]) {
      const { provider, requests } = world({ [FULL]: url }, given);
      await provider();
      assert.equal(requests.length, 1, url);
    }
    const wrong = [
      "http://any.example/",
      "http://127.0.0.1.evil.example/",
      "http://169.254.170.2@evil.example/",
      "ftp://localhost/",
      "x",
    ];
    for (const url of wrong) {
      const { provider, requests } = world({ [FULL]: url }, given);
      await assert.rejects(provider(), /must be https/);
      assert.equal(requests.length, 0, url);
    }
  });

  it("are not there: the message says where was looked, and shows no secret", async () => {
    await assert.rejects(world({}).provider(), /set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    const env = { [FULL]: "http://localhost/", AWS_CONTAINER_AUTHORIZATION_TOKEN: "sEcReT" };
    const rows: readonly (readonly [SinkResponse | undefined, RegExp])[] = [
      [answer(403, "sEcReT"), /HTTP 403$/],
      [answer(200, "sEcReT"), /without any$/],
      [answer(200, '{"SecretAccessKey":"sEcReT"}'), /without any$/],
      [undefined, /Connection refused$/],
    ];
    for (const [response, expected] of rows) {
      const { provider } = world(env, () => {
        if (response === undefined) throw new Error("Connection refused");
        return response;
      });
      await assert.rejects(
        provider(),
        (error: Error) => expected.test(error.message) && !error.message.includes("sEcReT"),
      );
    }
    const broken = world({ ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: "sEcReT\u0007" });
    await assert.rejects(
      broken.provider(),
      (error: Error) => /visible/.test(error.message) && !/sEcReT/.test(error.message),
    );
    const absent = world({ [FULL]: "http://localhost/", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/absent" });
    await assert.rejects(absent.provider(), /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/);
  });
});

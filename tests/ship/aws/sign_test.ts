// Signatures: AWS's own vectors, an independent verifier, what is sent, and the clock of AWS.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../../src/testing.ts";
import { CredentialsCache } from "../../../src/ship/aws/credentials.ts";
import { AwsSigner } from "../../../src/ship/aws/sign.ts";
import { signedExchange } from "../../../src/ship/aws/signed_exchange.ts";
import type { SinkResponse } from "../../../src/ship/exchange.ts";
import { many } from "../../support/soak.ts";
import { FAKE_KEY } from "../fake/cloudwatch.ts";
import { isSignatureOf, readSignature } from "../fake/sigv4.ts";
import { answer, NEVER } from "../support_exchange.ts";

/** A signer whose clock stands at a time. */
function signerAt(ms: number, { region = "us-east-1", service = "service", sessionToken = "" } = {}) {
  const runtime = memoryRuntime();
  runtime.machine.clock.step(ms - runtime.host.wallClock());
  let asked = 0;
  const credentials = new CredentialsCache(runtime, () => {
    asked++;
    return Promise.resolve({ ...FAKE_KEY, ...(sessionToken === "" ? {} : { sessionToken }) });
  });
  return { signer: new AwsSigner({ runtime, region, service, credentials }), asked: () => asked };
}

describe("R18: signatures of AWS", () => {
  // Names and signatures of AWS's Signature Version 4 test suite.
  const vectors = [
    [
      "get-vanilla",
      "GET",
      "https://example.amazonaws.com/",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ],
    [
      "post-vanilla",
      "POST",
      "https://example.amazonaws.com/",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ],
    [
      "get-vanilla-query-order-key-case",
      "GET",
      "https://example.amazonaws.com/?Param2=value2&Param1=value1",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
  ] as const;
  for (const [name, method, url, signature] of vectors) {
    it(`are those of AWS's test suite: ${name}`, async () => {
      const { signer } = signerAt(Date.parse("2015-08-30T12:36:00Z"));
      const { Authorization } = await signer.sign({ url, method, headers: {}, body: undefined });
      assert.equal(
        Authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
          `SignedHeaders=host;x-amz-date, Signature=${signature}`,
      );
      const path = new URL(url);
      const headers = { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" };
      const seen = { method, path: path.pathname, query: path.searchParams, headers, raw: new Uint8Array() };
      const read = readSignature(Authorization ?? "");
      assert.ok(
        read !== undefined && isSignatureOf({ ...seen, body: seen.raw, text: "" }, read, FAKE_KEY.secretAccessKey),
      );
    });
  }

  it("give only headers that are not there yet: one that is there in other letters would be sent twice", async () => {
    const { signer } = signerAt(0, { sessionToken: "token/=+" });
    const headers = { "X-Amz-Target": "a.b", "Content-Type": "application/json" };
    const signed = await signer.sign({ url: "https://x/", method: "POST", headers, body: new Uint8Array([1]) });
    assert.deepEqual(Object.keys(signed), ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"]);
    const sent = new Headers({ ...headers, ...signed });
    assert.equal(sent.get("x-amz-target"), "a.b");
  });

  it("hold for any body, header and time, by a verifier of its own", async () => {
    await many("signatures", 50, async (parameters) => {
      const requests = fc.record({
        body: fc.uint8Array({ maxLength: 200 }),
        target: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
        path: fc.array(fc.stringMatching(/^[a-z0-9._~-]{1,8}$/).filter((part) => !/^\.+$/.test(part)), {
          maxLength: 3,
        }),
        query: fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,5}$/), fc.string({ maxLength: 5 })),
        ms: fc.integer({ min: 0, max: 4e12 }),
        token: fc.stringMatching(/^[!-~]{0,20}$/),
      });
      await fc.assert(
        fc.asyncProperty(requests, async ({ body, target, path, query, ms, token }) => {
          const url = new URL(`https://logs.eu-west-2.amazonaws.com/${path.join("/")}`);
          for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value.toWellFormed());
          const { signer } = signerAt(ms, { sessionToken: token });
          const given = { "X-Amz-Target": target };
          const signed = await signer.sign({ url: url.href, method: "POST", headers: given, body });
          const headers = Object.fromEntries(new Headers({ ...given, ...signed, host: url.host }));
          const read = readSignature(headers["authorization"] ?? "");
          assert.ok(read !== undefined);
          const seen = {
            method: "POST",
            path: url.pathname,
            query: url.searchParams,
            headers,
            raw: body,
            body,
            text: "",
          };
          assert.ok(isSignatureOf(seen, read, FAKE_KEY.secretAccessKey));
          const other = { ...seen, raw: Uint8Array.of(...body, 0) };
          assert.ok(!isSignatureOf(other, read, FAKE_KEY.secretAccessKey));
        }),
        parameters,
      );
    });
  });
});

describe("an exchange that signs", () => {
  const NOW = Date.parse("2026-11-24T22:22:13Z");
  const request = { url: "https://x/", headers: {}, body: "{}", lane: "live" } as const;
  const OK = answer(200, "{}");
  const refused = (name: string, date?: number) =>
    answer(400, `{"__type":"${name}"}`, date === undefined ? {} : { Date: new Date(date).toUTCString() });

  /** Sends once over scripted answers; the dates that were signed. */
  async function run(answers: readonly SinkResponse[]) {
    const { signer, asked } = signerAt(NOW);
    const dates: (string | undefined)[] = [];
    const exchange = signedExchange(async ({ url, headers }) => {
      dates.push((await signer.sign({ url, method: "POST", headers, body: undefined }))["X-Amz-Date"]);
      return answers[dates.length - 1] ?? OK;
    }, signer);
    const { status } = await exchange(request, NEVER);
    return { status, dates, asked: asked(), exchange };
  }

  for (const name of ["RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch"]) {
    it(`learns the time of AWS from ${name}, and signs with it from then on`, async () => {
      const { status, dates, asked, exchange } = await run([refused(name, NOW + 3_600_000)]);
      assert.equal(status, 200);
      assert.equal(asked, 1);
      await exchange(request, NEVER);
      assert.deepEqual(dates, ["20261124T222213Z", "20261124T232213Z", "20261124T232213Z"]);
    });
  }

  for (const name of ["UnrecognizedClientException", "ExpiredTokenException", "AccessDeniedException"]) {
    it(`asks for new credentials once on ${name}`, async () => {
      const { status, asked, dates } = await run([refused(name, NOW), refused(name, NOW)]);
      assert.deepEqual([status, asked, dates.length], [400, 2, 2]);
    });
  }

  it("knows a refusal without a name, and leaves all other answers alone", async () => {
    assert.equal((await run([answer(403, "Forbidden")])).dates.length, 2);
    assert.equal((await run([answer(401)])).dates.length, 2);
    for (
      const other of [OK, refused("ThrottlingException"), refused("RequestExpired", NOW), answer(500), answer(404)]
    ) {
      assert.equal((await run([other])).dates.length, 1);
    }
  });
});

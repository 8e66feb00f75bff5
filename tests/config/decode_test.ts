import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decode } from "../../src/config/decode.ts";
import { MAX_DEPTH } from "../../src/config/json_value.ts";

const encoder = new TextEncoder();

function decodeText(text: string): unknown {
  const decoded = decode(encoder.encode(text));
  return "root" in decoded ? decoded.root : decoded.problem;
}

describe("decode", () => {
  it("takes JSON, with a byte order mark and any line ends", () => {
    assert.deepEqual(decodeText('\ufeff{\r\n"k": 1\r\n}\r\n'), { k: 1 });
  });

  it("takes comments and trailing commas", () => {
    assert.deepEqual(decodeText('{"k": [1, 2,], // c\n /* d */ }'), { k: [1, 2] });
  });

  it("gives __proto__ as an ordinary own key, in JSON and JSONC", () => {
    for (const text of ['{"__proto__": {"polluted": 1}}', '{"__proto__": {"polluted": 1},}']) {
      const root = decodeText(text) as Record<string, unknown>;
      assert.deepEqual(Object.keys(root), ["__proto__"]);
      assert.equal(root["polluted"], undefined);
    }
  });

  it("says where a text is malformed and shows nothing of it", () => {
    assert.equal(decodeText('{\n  "password": "s3cret" "x"\n}'), 'line 2, column 24: "," or "}" was expected');
    assert.equal(decodeText("\ufeff{x"), 'line 1, column 2: a key in double quotes or "}" was expected');
    assert.equal(decodeText(""), "line 1, column 1: the file ends too early");
  });

  for (const text of ["[1]", '"k"', "null", "true", "5"]) {
    it(`wants an object at the top, not ${text}`, () => {
      assert.equal(decodeText(`// c\n ${text}`), "line 2, column 2: an object was expected at the top");
    });
  }

  it("refuses what is not JSON although Python takes it", () => {
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      assert.equal(decodeText(`{"k": ${word}}`), "line 1, column 7: a value was expected");
    }
  });

  it("gives a number past the largest one as JSON.parse does", () => {
    assert.deepEqual(decodeText('{"k": 1e999}'), { k: Infinity });
  });

  it("says where a text stops being UTF-8", () => {
    const bytes = Uint8Array.of(0x7b, 0x0d, 0x0a, 0xc3, 0xa9, 0x20, 0xff, 0x7d);
    const decoded = decode(bytes);
    assert.deepEqual(decoded, { problem: "line 2, column 3: this is not UTF-8, save the file as UTF-8" });
    const utf16 = decode(Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00));
    assert.deepEqual(utf16, { problem: "line 1, column 1: this is not UTF-8, save the file as UTF-8" });
  });

  it("freezes all the way down", () => {
    const root = decodeText('{"a": [{"b": [1]}]}') as { a: { b: number[] }[] };
    assert.throws(() => root.a.push({ b: [] }), TypeError);
    assert.throws(() => root.a[0]?.b.push(2), TypeError);
  });

  it("bounds the nesting", () => {
    const nested = (depth: number): string => `{"k": ${"[".repeat(depth)}${"]".repeat(depth)}}`;
    assert.equal(typeof decodeText(nested(MAX_DEPTH)), "object");
    assert.equal(decodeText(nested(MAX_DEPTH + 1)), "values are nested deeper than 1000 levels");
    assert.match(String(decodeText(nested(100_000))), /nested/);
    // With a comment the recursive parser has to get through.
    assert.equal(typeof decodeText(`${nested(MAX_DEPTH)} // c`), "object");
    assert.match(String(decodeText(`${nested(100_000)} // c`)), /nested/);
  });

  it("gives back every object, also when it is written as JSONC", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(fc.property(object, (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(decodeText(text), JSON.parse(text));
      assert.deepEqual(decodeText(`${text}// end`), JSON.parse(text));
    }));
  });

  it("gives an object or a problem on one line for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = decode(bytes);
      if ("problem" in decoded) assert.match(decoded.problem, /^line \d+, column \d+: [^\n]+$/);
      else assert.equal(typeof decoded.root, "object");
    }));
  });
});

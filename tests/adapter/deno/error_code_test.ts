import assert from "node:assert/strict";
import * as os from "node:os";
import { it } from "node:test";
import { ErrorCodes } from "../../../src/adapter/deno/error_code.ts";
import { errorCode } from "../../../src/port/file_system.ts";

const codes = new ErrorCodes(() => os);

it("gives an error the code of the number in its message", () => {
  const number = os.constants.errno.EFBIG;
  assert.equal(errorCode(codes.add(new Error(`File too large (os error ${number})`))), "EFBIG");
  assert.equal(errorCode(codes.add(new Error(`Try again (os error ${os.constants.errno.EAGAIN})`))), "EAGAIN");
});

it("leaves errors alone that have a code, have none to find, or are none", () => {
  const coded = Object.assign(new Error("(os error 27)"), { code: "EIO" });
  assert.equal(codes.add(coded), coded);
  assert.equal(coded.code, "EIO");
  assert.equal(errorCode(codes.add(new Error("Something"))), "UNKNOWN");
  assert.equal(errorCode(codes.add(new Error("Odd (os error 99999)"))), "UNKNOWN");
  assert.equal(codes.add("text"), "text");
  assert.throws(() =>
    codes.run(() => {
      throw coded;
    }), coded);
  assert.equal(codes.run(() => 7), 7);
});

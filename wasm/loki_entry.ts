// AssemblyScript. Writes an entry of Loki: time, the line as a JSON string, structured metadata. `tools/wasm.ts` compiles it;
// src/ship/sink/loki_body.ts says what the numbers mean, calls it, and has the places of what is in the memory.

/** `,{"uid":"<file>:` */
const UID: usize = 4_096;
/** What a severity number gives, 64 bytes for each, and how many of them are used. */
const LEVELS: usize = 5_120;
const LEVEL_LENGTHS: usize = 6_912;
/** What the resource gives. */
const RESOURCE: usize = 8_192;
/** The end of the line from the resource on, escaped. */
const TAIL: usize = 32_768;

/** Characters of a logger's name that are sent. */
const MAX_LOGGER_NAME: usize = 256;
/** Before the name of the logger, and before and between what a record knows of its trace. */
const LOGGER = '"logger.name":"';
const TRACE = ',"traceId":"';
const SPAN = '","spanId":"';
const FLAGS = '","traceFlags":';
/** Digits of ids. */
const TRACE_ID: usize = 32;
const SPAN_ID: usize = 16;
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/**
 * Writes an entry.
 *
 * @param out Where to.
 * @param start The line.
 * @param end Its newline.
 * @param tailLength So many bytes at its end are the tail.
 * @param escapedLength Bytes of the tail when it is escaped.
 * @param seconds Since the Unix epoch.
 * @param nanos Within the second.
 * @param offset Of the line in its file.
 * @param severity Severity number; -1 for a metric record, which has neither level nor logger.
 * @param uidLength Bytes of the start of the uid.
 * @param resourceLength Bytes of what the resource gives.
 * @returns Behind the entry; 0 for a line that has to be looked at otherwise, then what stands behind `out` is of no use.
 */
export function entry(
  out: usize,
  start: usize,
  end: usize,
  tailLength: usize,
  escapedLength: usize,
  seconds: u32,
  nanos: u32,
  offset: f64,
  severity: i32,
  uidLength: usize,
  resourceLength: usize,
): usize {
  const tail = end - tailLength;
  let attributesEnd = tail;
  let trace: usize = 0;
  // A digit there is the end of trace flags, a brace that of the attributes: nothing else stands before a resource in a line of ours.
  if (severity >= 0 && load<u8>(attributesEnd - 1) != 0x7d) {
    trace = traceStart(attributesEnd);
    if (trace == 0) return 0;
    attributesEnd = trace;
  }
  out = digits(put(out, '["'), seconds);
  let rest = nanos;
  for (let place = out + 8; place >= out; place--) {
    store<u8>(place, 48 + rest % 10);
    rest /= 10;
  }
  out = put(out + 9, '","');
  let logger: usize = 0;
  for (let at = start; at < tail;) {
    const left = tail - at;
    const block = v128.load(at);
    v128.store(out, block);
    const mask = left >= 16 ? 0xffff : (1 << <i32> left) - 1;
    // Below a space, or beyond ASCII: signed, those are negative.
    if ((i8x16.bitmask(i8x16.lt_s(block, i8x16.splat(32))) & mask) != 0) return 0;
    const quotes = mask &
      i8x16.bitmask(v128.or(i8x16.eq(block, i8x16.splat(0x22)), i8x16.eq(block, i8x16.splat(0x5c))));
    if (quotes == 0) {
      const step = min<usize>(left, 16);
      at += step;
      out += step;
      continue;
    }
    const step = ctz(quotes);
    at += step;
    out += step;
    store<u8>(out, 0x5c);
    store<u8>(out + 1, load<u8>(at));
    // Eight characters as a number, of which the first is the lowest byte: logger.n
    if (load<u64>(at + 1) == 0x6e2e726567676f6c && at < attributesEnd && matches(at, LOGGER)) logger = at;
    at++;
    out += 2;
  }
  out = put(copy(out, TAIL, escapedLength), '"');
  out = copy(out, UID, uidLength);
  out = put(digits(out, <u64> offset), '"');
  if (severity >= 0) {
    out = copy(out, LEVELS + severity * 64, load<u8>(LEVEL_LENGTHS + severity));
    if (logger != 0) {
      out = writeLogger(out, logger + LOGGER.length, attributesEnd - 2);
      if (out == 0) return 0;
    }
    if (trace != 0) out = writeTrace(out, trace);
  }
  out = copy(out, RESOURCE, resourceLength);
  return put(out, "}]");
}

/** The name must end where the attributes do, so that it is known to be theirs and not of an object in them; 0 when it does not. */
function writeLogger(out: usize, name: usize, end: usize): usize {
  if (end < name || end - name > MAX_LOGGER_NAME || load<u8>(end) != QUOTE) return 0;
  for (let at = name; at < end; at++) if (load<u8>(at) == QUOTE || load<u8>(at) == BACKSLASH) return 0;
  return put(copy(put(out, ',"logger_name":"'), name, end - name), '"');
}

/** Where a trace starts that ends somewhere, from its comma on; 0 when none does. */
function traceStart(end: usize): usize {
  let at = end;
  while (at > end - 3 && load<u8>(at - 1) - 48 <= 9) at--;
  const isMarked = at < end && matches(at -= FLAGS.length, FLAGS) && isHex(at -= SPAN_ID, SPAN_ID) &&
    matches(at -= SPAN.length, SPAN) && isHex(at -= TRACE_ID, TRACE_ID) && matches(at -= TRACE.length, TRACE);
  return isMarked ? at : 0;
}

function writeTrace(out: usize, trace: usize): usize {
  const id = trace + TRACE.length;
  const withTrace = copy(put(out, ',"trace_id":"'), id, TRACE_ID);
  return put(copy(put(withTrace, '","span_id":"'), id + TRACE_ID + SPAN.length, SPAN_ID), '"');
}

function isHex(at: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) {
    const unit = <u32> load<u8>(at + i);
    if (unit - 48 > 9 && unit - 97 > 5) return false;
  }
  return true;
}

function matches(at: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) if (load<u8>(at + i) != <u8> text.charCodeAt(i)) return false;
  return true;
}

/** Writes text of ASCII. */
function put(out: usize, text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(out + i, <u8> text.charCodeAt(i));
  return out + text.length;
}

/** Copies sixteen bytes at a time, up to fifteen more than are wanted. */
function copy(out: usize, from: usize, length: usize): usize {
  for (let i: usize = 0; i < length; i += 16) v128.store(out + i, v128.load(from + i));
  return out + length;
}

/** Writes a number. */
function digits(out: usize, value: u64): usize {
  let length = 1;
  for (let rest = value / 10; rest > 0; rest /= 10) length++;
  let rest = value;
  for (let place = out + length - 1; place >= out; place--) {
    store<u8>(place, <u8> (48 + rest % 10));
    rest /= 10;
  }
  return out + length;
}

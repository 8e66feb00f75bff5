// AssemblyScript. Looks at many lines at once: where each ends, and what stands at the fixed places of a line of ours. `tools/wasm.ts` compiles
// it; src/read/line_scan.ts says what the numbers mean and calls it.

/** The end of the last line whose resource is known. */
const TAIL: usize = 4_096;
/** Rows of six numbers: start, end, second, microsecond, severity, flags. */
const TABLE: usize = 16_384;
const ROW: usize = 24;
const TABLE_END: usize = TABLE + ROW * 2_048;
/** The lines. */
const INPUT: usize = 65_536;

const QUICK: u32 = 1;
const METRIC: u32 = 2;
const KNOWN: u32 = 4;

/** A line of ours is longer than this: up to here its places are read without a look at its end. */
const SHORTEST: usize = 64;

/** Where the next call goes on. */
let nextLine: usize = 0;
/** The text of the last second, and that second; negative for what is no time. */
let secondText0: u64 = 0;
let secondText1: u64 = 0;
let secondText2: u32 = 0;
let second: i32 = -1;

export function next(): u32 {
  return <u32> (nextLine - INPUT);
}

/**
 * Looks at lines until the table is full or one ends with another resource than the tail.
 *
 * @param from Start of the first line.
 * @param length Bytes of the input; the last one is a newline, or there is one behind it.
 * @param minSeverity Lines with a lower severity are left out; 0 leaves out nothing.
 * @param tailLength Bytes of the tail; 0 for none.
 * @returns How many rows there are.
 */
export function scan(from: u32, length: u32, minSeverity: u32, tailLength: u32): u32 {
  const end = INPUT + length;
  let row = TABLE;
  let start = INPUT + from;
  while (start < end && row < TABLE_END) {
    let isGlued = false;
    let at = start;
    for (;;) {
      const block = v128.load(at);
      const braces = i8x16.bitmask(i8x16.eq(block, i8x16.splat(0x7b)));
      const newlines = i8x16.bitmask(i8x16.eq(block, i8x16.splat(10)));
      if (newlines != 0) {
        isGlued = isGlued || holdsHead(at, braces & ((newlines & -newlines) - 1), start);
        at += ctz(newlines);
        break;
      }
      isGlued = isGlued || holdsHead(at, braces, start);
      at += 16;
    }
    nextLine = at + 1;
    let micros: i32 = -1;
    let severity: i32 = 0;
    let flags: u32 = 0;
    if (!isGlued && at - start >= SHORTEST && isHead(start) && load<u16>(at - 2) == 0x7d7d) {
      micros = readMicros(start);
      if (isSeverity(start + 40)) severity = readSeverity(start + 60);
      else if (isName(start + 40)) flags = METRIC;
      else severity = -1;
      learnSecond(start + 14);
      if (micros >= 0 && severity >= 0 && second >= 0) flags |= QUICK;
    }
    const isQuick = (flags & QUICK) != 0;
    if (minSeverity > 0 && (isQuick ? <u32> severity < minSeverity : !mayHoldSeverity(start, at, minSeverity))) {
      start = nextLine;
      continue;
    }
    const isKnown = isQuick && endsWithTail(at, tailLength, at - start);
    if (isKnown) flags |= KNOWN;
    store<u32>(row, <u32> (start - INPUT));
    store<u32>(row, <u32> (at - INPUT), 4);
    store<i32>(row, second, 8);
    store<i32>(row, micros, 12);
    store<i32>(row, severity, 16);
    store<u32>(row, flags, 20);
    row += ROW;
    start = nextLine;
    if (isQuick && !isKnown) break;
  }
  return <u32> ((row - TABLE) / ROW);
}

/** `{"timestamp":"` at one of the braces, but for the first one of the line: two records that were glued by a torn line would look like one. */
function holdsHead(at: usize, braces: i32, start: usize): bool {
  let rest = braces;
  while (rest != 0) {
    const place = at + ctz(rest);
    if (place != start && isHead(place)) return true;
    rest &= rest - 1;
  }
  return false;
}

// Eight characters are compared as a number; the first one is its lowest byte.

/** `{"timestamp":"`, in two parts that overlap. */
function isHead(at: usize): bool {
  return load<u64>(at) == 0x7473656d6974227b /* {"timest */ && load<u64>(at + 6) == 0x223a22706d617473 /* stamp":" */;
}

/** `Z","severityNumber":` */
function isSeverity(at: usize): bool {
  return load<u64>(at) == 0x65766573222c225a /* Z","seve */ &&
    load<u64>(at + 8) == 0x626d754e79746972 /* rityNumb */ && load<u32>(at + 16) == 0x3a227265 /* er": */;
}

/** `Z","name":` */
function isName(at: usize): bool {
  return load<u64>(at) == 0x656d616e222c225a /* Z","name */ && load<u16>(at + 8) == 0x3a22 /* ": */;
}

/** A point and six digits behind the second; -1 when they are none. */
function readMicros(start: usize): i32 {
  if (load<u8>(start + 33) != 46) return -1;
  let micros = 0;
  for (let place = start + 34; place < start + 40; place++) {
    const digit = <u32> load<u8>(place) - 48;
    if (digit > 9) return -1;
    micros = micros * 10 + digit;
  }
  return micros;
}

/** A number from 1 up to 24 and a comma; -1 when it is none. */
function readSeverity(at: usize): i32 {
  const first = <u32> load<u8>(at) - 48;
  if (first < 1 || first > 9) return -1;
  if (load<u8>(at + 1) == 44) return first;
  const severity = first * 10 + load<u8>(at + 1) - 48;
  return load<u8>(at + 1) - 48 > 9 || load<u8>(at + 2) != 44 || severity > 24 ? -1 : severity;
}

/** Sets the second to that of a line, mostly that of the line before. */
function learnSecond(at: usize): void {
  const text0 = load<u64>(at);
  const text1 = load<u64>(at + 8);
  const text2 = load<u32>(at + 15);
  if (text0 == secondText0 && text1 == secondText1 && text2 == secondText2) return;
  secondText0 = text0;
  secondText1 = text1;
  secondText2 = text2;
  second = readSecond(at);
}

/** Seconds since 1970 of `YYYY-MM-DDTHH:MM:SS`; -1 for what is no time, or one that does not fit 31 bits. */
function readSecond(at: usize): i32 {
  const year = twoDigits(at) * 100 + twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const seconds = twoDigits(at + 17);
  const isMarked = load<u8>(at + 4) == 45 && load<u8>(at + 7) == 45 && load<u8>(at + 10) == 84 &&
    load<u8>(at + 13) == 58 && load<u8>(at + 16) == 58;
  if (
    !isMarked || year < 1970 || year > 2037 || month < 1 || month > 12 || day < 1 || day > 28 + leftDays(year, month)
  ) {
    return -1;
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || seconds < 0 || seconds > 59) return -1;
  // March begins the year, so that the day of a leap year is its last one.
  const shifted = month < 3 ? year - 1 : year;
  const ofYear = (153 * (month < 3 ? month + 9 : month - 3) + 2) / 5 + day - 1;
  const days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + ofYear - 719_468;
  return days * 86_400 + hour * 3_600 + minute * 60 + seconds;
}

/** Days of a month beyond 28. */
function leftDays(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 1 : 0;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 2 : 3;
}

/** Far below zero for what are no digits, also when it is multiplied and added to. */
function twoDigits(at: usize): i32 {
  const tens = <u32> load<u8>(at) - 48;
  const ones = <u32> load<u8>(at + 1) - 48;
  return tens > 9 || ones > 9 ? -1_000_000 : tens * 10 + ones;
}

function endsWithTail(end: usize, length: usize, lineLength: usize): bool {
  if (length < 8 || length > lineLength) return false;
  const start = end - length;
  const last = length - 8;
  for (let i: usize = 0; i < last; i += 8) if (load<u64>(start + i) != load<u64>(TAIL + i)) return false;
  return load<u64>(start + last) == load<u64>(TAIL + last);
}

/**
 * Can a line that was not read have the severity? Only parsing tells where it has a number from `minSeverity` on behind a key that ends with
 * `Number`, a number in another form, or an escape that may stand for a letter of the key.
 */
function mayHoldSeverity(start: usize, end: usize, minSeverity: u32): bool {
  for (let at = start; at < end; at++) {
    if (load<u16>(at) == 0x755c /* \u */) return true;
    if ((load<u64>(at) & 0xffffffffffffff) != 0x227265626d754e /* Number" */) continue;
    let place = skipSpace(at + 7, end);
    if (load<u8>(place) != 0x3a /* : */) continue;
    place = skipSpace(place + 1, end);
    let number: u32 = 0;
    const first = place;
    while (place < first + 3 && <u32> load<u8>(place) - 48 <= 9) number = number * 10 + load<u8>(place++) - 48;
    const next = load<u8>(place);
    if (number >= minSeverity || next == 0x2e /* . */ || (next | 0x20) == 0x65 /* e */) return true;
  }
  return false;
}

function skipSpace(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<u8>(at) <= 32) at++;
  return at;
}

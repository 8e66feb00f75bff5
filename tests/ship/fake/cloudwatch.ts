/**
 * A CloudWatch Logs on 127.0.0.1 with the validators of AWS, also those that mocks leave out: signatures, their time, sizes, order, span, age.
 *
 * @module
 */
import { type FakeKey, FakeKeys } from "./cloudwatch_auth.ts";
import { checkEvents, checkGroup, checkRetention, checkSpan, checkStream, checkTimes } from "./cloudwatch_check.ts";
import type { FakeEvent } from "./cloudwatch_check.ts";
import { type AwsFault, fault, faultAnswer } from "./cloudwatch_fault.ts";
import type { Faults } from "./fault.ts";
import { type FakeAnswer, type FakeRequest, type FakeServer, fakeServer } from "./server.ts";

/** How it is set up. */
export interface FakeCloudWatchOptions {
  /** Region. Default: `eu-west-2`. */
  readonly region?: string;
  /** Keys that are known, by id. Default: {@link FAKE_KEY}. */
  readonly keys?: Readonly<Record<string, FakeKey>>;
  /** Actions that nobody may use. */
  readonly denied?: readonly string[];
  /** Clock, milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** Faults that are scripted before. */
  readonly faults?: Faults;
}

/** A log group. */
export interface FakeGroup {
  /** Days that it keeps events. */
  retentionDays: number | undefined;
  /** Its streams. */
  readonly streams: Map<string, FakeEvent[]>;
}

/** A CloudWatch Logs that listens. */
export interface FakeCloudWatch extends FakeServer {
  /** Groups by name. */
  readonly groups: ReadonlyMap<string, FakeGroup>;
  /** Actions that came, in their order. */
  readonly actions: readonly string[];
  /** Makes a group and a stream, as somebody did before. */
  make(group: string, stream?: string, retentionDays?: number): void;
  /** From now on this key has ended. */
  end(accessKeyId: string): void;
}

/** A key that is known without further words. */
export const FAKE_KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

const DAY_MS = 86_400_000;
const PREFIX = "Logs_20140328.";

/** An answer to an action: nothing, an object, or an error. */
type Answer = Readonly<Record<string, unknown>> | undefined;

/**
 * Starts a CloudWatch Logs.
 *
 * @param options How it is set up.
 */
export async function fakeCloudWatch(options: FakeCloudWatchOptions = {}): Promise<FakeCloudWatch> {
  const { region = "eu-west-2", denied = [], now = () => Date.now(), faults } = options;
  const keys = new FakeKeys(options.keys ?? { [FAKE_KEY.accessKeyId]: FAKE_KEY }, region, now);
  const groups = new Map<string, FakeGroup>();
  const actions: string[] = [];

  function respond(request: FakeRequest): FakeAnswer {
    const { "x-amz-target": target = "", "content-type": type, "content-encoding": encoding } = request.headers;
    const action = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : "";
    actions.push(action);
    const answer = ((): Answer | AwsFault => {
      const refused = keys.refuse(request);
      if (refused !== undefined) return refused;
      const known = KNOWN[action];
      if (known === undefined || type !== "application/x-amz-json-1.1") return fault("UnknownOperationException", "");
      if (denied.includes(action)) {
        return fault(
          "AccessDeniedException",
          `User: arn:aws:iam::1:user/u is not authorized to perform: logs:${action}`,
        );
      }
      const body = encoding === undefined ? parse(request.text) : undefined;
      if (body === undefined) return fault("SerializationException", "Could not parse the body as JSON");
      return known({ groups, now: now() }, body);
    })();
    if (isFault(answer)) return dated(faultAnswer(answer), now());
    const text = answer === undefined ? "" : JSON.stringify(answer);
    return dated({ status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: text }, now());
  }

  const server = await fakeServer(respond, faults === undefined ? {} : { faults });
  return Object.create(server, {
    groups: { value: groups },
    actions: { value: actions },
    make: {
      value: (group: string, stream?: string, retentionDays?: number): void => {
        const made: FakeGroup = { retentionDays, streams: new Map() };
        groups.set(group, made);
        if (stream !== undefined) made.streams.set(stream, []);
      },
    },
    end: { value: (id: string): void => keys.end(id) },
  }) as FakeCloudWatch;
}

interface Store {
  readonly groups: Map<string, FakeGroup>;
  readonly now: number;
}

type Body = Readonly<Record<string, unknown>>;

const KNOWN: Readonly<Record<string, (store: Store, body: Body) => Answer | AwsFault>> = {
  CreateLogGroup({ groups }, { logGroupName }) {
    const wrong = checkGroup(logGroupName);
    if (wrong !== undefined) return wrong;
    if (groups.has(String(logGroupName))) return exists("group");
    groups.set(String(logGroupName), { retentionDays: undefined, streams: new Map() });
    return undefined;
  },
  CreateLogStream({ groups }, { logGroupName, logStreamName }) {
    const wrong = checkGroup(logGroupName) ?? checkStream(logStreamName);
    if (wrong !== undefined) return wrong;
    const group = groups.get(String(logGroupName));
    if (group === undefined) return missing("group");
    if (group.streams.has(String(logStreamName))) return exists("stream");
    group.streams.set(String(logStreamName), []);
    return undefined;
  },
  PutRetentionPolicy({ groups }, { logGroupName, retentionInDays }) {
    const wrong = checkGroup(logGroupName) ?? checkRetention(retentionInDays);
    if (wrong !== undefined) return wrong;
    const group = groups.get(String(logGroupName));
    if (group === undefined) return missing("group");
    group.retentionDays = Number(retentionInDays);
    return undefined;
  },
  PutLogEvents({ groups, now }, { logGroupName, logStreamName, logEvents }) {
    const wrong = checkGroup(logGroupName) ?? checkStream(logStreamName);
    if (wrong !== undefined) return wrong;
    const events = checkEvents(logEvents);
    if (isFault(events)) return events;
    const group = groups.get(String(logGroupName));
    const stream = group?.streams.get(String(logStreamName));
    if (group === undefined || stream === undefined) return missing(group === undefined ? "group" : "stream");
    return put(stream, events, now, group.retentionDays);
  },
};

/** Events that are too old, expired or too new are left out; of the others all are stored, or none. */
function put(
  stream: FakeEvent[],
  events: readonly FakeEvent[],
  now: number,
  days: number | undefined,
): Answer | AwsFault {
  const disorder = checkTimes(events);
  if (disorder !== undefined) return disorder;
  const before = (ms: number) => events.filter(({ timestamp }) => timestamp < ms).length;
  const tooOld = before(now - 14 * DAY_MS);
  const expired = days === undefined ? 0 : before(now - days * DAY_MS);
  const tooNew = before(now + 2 * 3_600_000 + 1);
  const taken = events.slice(Math.max(tooOld, expired), tooNew);
  const apart = checkSpan(taken);
  if (apart !== undefined) return apart;
  stream.push(...taken);
  const info = {
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > tooOld ? { expiredLogEventEndIndex: expired } : {}),
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
  };
  return { nextSequenceToken: "1", ...(Object.keys(info).length > 0 ? { rejectedLogEventsInfo: info } : {}) };
}

function isFault(answer: unknown): answer is AwsFault {
  return typeof answer === "object" && answer !== null && "type" in answer;
}

function missing(what: string): AwsFault {
  return fault("ResourceNotFoundException", `The specified log ${what} does not exist.`);
}

function exists(what: string): AwsFault {
  return fault("ResourceAlreadyExistsException", `The specified log ${what} already exists`);
}

function parse(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Body : undefined;
  } catch {
    return undefined;
  }
}

/** By the server's clock, not that of the machine. */
function dated(answer: FakeAnswer, now: number): FakeAnswer {
  return { ...answer, headers: { ...answer.headers, date: new Date(now).toUTCString() } };
}

/**
 * Log groups and streams, made when they are not there.
 *
 * @module
 */
import { awsErrorName, isPassing } from "../aws/error.ts";
import type { SinkResponse } from "../exchange.ts";
import { reasonOf } from "./http_status.ts";

/** So many groups may wait for their retention; of more, the first ones keep their events for ever. */
export const MAX_WAITING = 100;

/** Calls an action of CloudWatch Logs. */
export type CallAction = (action: string, body: Readonly<Record<string, unknown>>) => Promise<SinkResponse>;

/** Makes groups and streams. */
export class LogGroups {
  readonly #retentionDays: number | undefined;
  /** Groups that were made, and have no retention yet. */
  readonly #waiting: Set<string> = new Set();

  /** @param retentionDays Days that a group which is made keeps its events. */
  constructor(retentionDays: number | undefined) {
    this.#retentionDays = retentionDays;
  }

  /**
   * Makes a stream, and its group where that is not there either; another shipper may do so in the same moment. The stream is asked for
   * first: a device may be allowed streams, and no groups.
   *
   * @param call Calls an action.
   * @param group Name of the group.
   * @param stream Name of the stream.
   * @returns The answer that stood in the way; `undefined` when both are there.
   */
  async make(call: CallAction, group: string, stream: string): Promise<SinkResponse | undefined> {
    const names = { logGroupName: group, logStreamName: stream };
    const begun = await call("CreateLogStream", names);
    if (isThere(begun)) return undefined;
    if (awsErrorName(begun) !== "ResourceNotFoundException") return begun;
    const made = await call("CreateLogGroup", { logGroupName: group });
    if (!isThere(made)) return made;
    if (made.status === 200) this.#made(group);
    const again = await call("CreateLogStream", names);
    return isThere(again) ? undefined : again;
  }

  /**
   * Sets the retention of a group that was made. A refusal is no reason to keep records back.
   *
   * @param call Calls an action.
   * @param group Name of the group.
   * @returns Why it could not be set.
   */
  async keep(call: CallAction, group: string): Promise<string | undefined> {
    if (!this.#waiting.has(group)) return undefined;
    const answer = await call("PutRetentionPolicy", { logGroupName: group, retentionInDays: this.#retentionDays });
    if (answer.status < 500 && !isPassing(awsErrorName(answer) ?? "")) this.#waiting.delete(group);
    return answer.status === 200 ? undefined : `The retention of the log group cannot be set: ${reasonOf(answer)}`;
  }

  #made(group: string): void {
    if (this.#retentionDays === undefined) return;
    const [first] = this.#waiting;
    if (this.#waiting.size >= MAX_WAITING && first !== undefined) this.#waiting.delete(first);
    this.#waiting.add(group);
  }
}

function isThere(response: SinkResponse): boolean {
  return response.status === 200 || awsErrorName(response) === "ResourceAlreadyExistsException";
}

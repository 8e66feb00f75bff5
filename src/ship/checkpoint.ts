/**
 * Where a sink goes on after a restart: two slots, a file each. The slot that is written is in the system's cache at once, which a kill of
 * the process does not touch; it is brought onto the device at most every ten seconds, or when a file has ended; one of many pages more
 * seldom, so that a device that keeps thousands of files is not worn by it. Until then the same slot is
 * written again, and the other one, which is on the device, stays as it is. So after a loss of power one slot is whole, whatever happened to
 * the other; a lost checkpoint means records that are sent twice, never records that are not sent.
 *
 * ```text
 * slot := magic (8 bytes) version (u32) sequence (f64) length (u32) crc32 of what comes before and of the payload (u32) payload (JSON)
 * ```
 *
 * @module
 */
import { FILE_MODE } from "../emit/layout.ts";
import { directoryOf, tryClose, trySyncDirectory, writeAll } from "../emit/small_file.ts";
import type { FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { reason } from "../port/reason.ts";
import { isMap } from "../record/json_map.ts";

/** Bytes of one slot at most: room for all files that are followed, 10,000, even if each stood at a place of its own. */
export const SLOT_BYTES = 524_288;
/** Between two writes to the device at least, in milliseconds. */
export const SYNC_MS = 10_000;
/** What a device writes for a page that is overwritten and synced, with its journal: measured on ext4, in bytes. */
const PAGE_BYTES = 4_096;
const SYNC_BYTES = 4_246;
/** A checkpoint that has grown is brought onto the device more seldom: at most so many bytes a day, but for what must be there. */
const DAY_BYTES = 40_000_000;
const DAY_MS = 86_400_000;

const MAGIC = new TextEncoder().encode("pontemC1");
const VERSION = 1;
const HEAD_BYTES = 28;
const CRC_AT = 24;

const SLOTS = [0, 1] as const;

/** A slot that can be read. */
interface Slot {
  readonly slot: number;
  readonly sequence: number;
  readonly state: CheckpointState;
}

/** What is kept: JSON. */
export type CheckpointState = Readonly<Record<string, unknown>>;

/** Surroundings of a checkpoint. */
export interface CheckpointOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** The files, without `.0` and `.1`. */
  readonly path: string;
  /** Takes what went wrong, once until it works again. */
  readonly report: (message: string) => void;
}

/** A checkpoint. */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  #slot = 0;
  #sequence = 0;
  #syncedAt = -Infinity;
  #everyMs = SYNC_MS;
  #isDirty = false;
  #hasFailed = false;
  #syncs = 0;

  /** @param options Surroundings. */
  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /** How often it was brought onto the device. */
  get syncs(): number {
    return this.#syncs;
  }

  /**
   * Reads what was kept, and makes the slots that are not there.
   *
   * @returns What was kept last; `undefined` at the first start, or when neither slot can be read.
   * @throws {Error} When a slot can neither be opened nor made.
   */
  open(): CheckpointState | undefined {
    const { runtime: { fs }, path, report } = this.#options;
    const isNew = SLOTS.every((slot) => fs.stat(`${path}.${slot}`) === undefined);
    for (const slot of SLOTS) {
      if (fs.stat(`${path}.${slot}`) === undefined) fs.createNew(`${path}.${slot}`, FILE_MODE).close();
    }
    trySyncDirectory(fs, directoryOf(path));
    let newest: Slot | undefined;
    for (const slot of SLOTS) {
      const found = this.#read(slot);
      if (found !== undefined && found.sequence > (newest?.sequence ?? -1)) newest = found;
    }
    if (newest === undefined) {
      if (!isNew) report(`The checkpoint "${path}" cannot be read: everything that is there is sent again`);
      return undefined;
    }
    this.#sequence = newest.sequence;
    // The newest stays until the other one is on the device.
    this.#slot = 1 - newest.slot;
    return newest.state;
  }

  #read(slot: number): Slot | undefined {
    const { runtime: { fs }, path } = this.#options;
    let handle;
    try {
      handle = fs.openRead(`${path}.${slot}`);
      const bytes = new Uint8Array(SLOT_BYTES);
      let length = 0;
      for (let read = -1; read !== 0 && length < SLOT_BYTES; length += read) {
        read = handle.read(bytes.subarray(length), length);
      }
      return this.#decode(bytes.subarray(0, length), slot);
    } catch {
      return undefined;
    } finally {
      tryClose(handle);
    }
  }

  #decode(bytes: Uint8Array, slot: number): Slot | undefined {
    if (bytes.length < HEAD_BYTES || MAGIC.some((byte, place) => bytes[place] !== byte)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const [version, sequence, length] = [view.getUint32(8), view.getFloat64(12), view.getUint32(20)];
    if (version !== VERSION || !Number.isSafeInteger(sequence) || HEAD_BYTES + length > bytes.length) return undefined;
    const payload = bytes.subarray(HEAD_BYTES, HEAD_BYTES + length);
    if (this.#crc(bytes.subarray(0, CRC_AT), payload) !== view.getUint32(CRC_AT)) return undefined;
    const state: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isMap(state) ? { slot, sequence, state } : undefined;
  }

  #crc(head: Uint8Array, payload: Uint8Array): number {
    const { compression } = this.#options.runtime;
    return compression.crc32(payload, compression.crc32(head, 0)) >>> 0;
  }

  /**
   * Keeps a state. Faults are reported, not thrown: the price is that records are sent twice after a restart.
   *
   * @param state The state.
   * @param mustSync Must it be on the device when this returns?
   * @returns Is it where it must be?
   */
  write(state: CheckpointState, mustSync: boolean): boolean {
    try {
      this.#write(state);
      this.#isDirty = true;
      if (mustSync || this.#options.runtime.host.now() - this.#syncedAt >= this.#everyMs) this.#sync();
      this.#hasFailed = false;
      return true;
    } catch (error) {
      if (!this.#hasFailed) {
        this.#options.report(`Cannot write the checkpoint "${this.#options.path}": ${reason(error)}`);
      }
      this.#hasFailed = true;
      return false;
    }
  }

  #write(state: CheckpointState): void {
    const payload = new TextEncoder().encode(JSON.stringify(state));
    if (HEAD_BYTES + payload.length > SLOT_BYTES) {
      throw new Error(`its ${payload.length} bytes do not fit into a slot of ${SLOT_BYTES}`);
    }
    const bytes = new Uint8Array(HEAD_BYTES + payload.length);
    bytes.set(MAGIC);
    const view = new DataView(bytes.buffer);
    view.setUint32(8, VERSION);
    view.setFloat64(12, ++this.#sequence);
    view.setUint32(20, payload.length);
    view.setUint32(CRC_AT, this.#crc(bytes.subarray(0, CRC_AT), payload));
    bytes.set(payload, HEAD_BYTES);
    this.#everyMs = Math.max(SYNC_MS, Math.ceil(bytes.length / PAGE_BYTES) * SYNC_BYTES / DAY_BYTES * DAY_MS);
    this.#place(bytes);
  }

  /** Over what the slot held: its length and sum tell what of it counts. */
  #place(bytes: Uint8Array): void {
    this.#withSlot((handle) => writeAll(handle, bytes));
  }

  #withSlot(work: (handle: FileHandle) => void): void {
    const { runtime: { fs }, path } = this.#options;
    const slot = `${path}.${this.#slot}`;
    const handle = fs.stat(slot) === undefined ? fs.createNew(slot, FILE_MODE) : fs.openUpdate(slot);
    try {
      work(handle);
    } finally {
      tryClose(handle);
    }
  }

  /** Brings what was written last onto the device, if it is not there; then the other slot is free to be written. */
  #sync(): void {
    if (!this.#isDirty) return;
    this.#withSlot((handle) => handle.syncData());
    this.#syncs++;
    this.#syncedAt = this.#options.runtime.host.now();
    this.#isDirty = false;
    this.#slot = 1 - this.#slot;
  }

  /** Brings what was written last onto the device. */
  close(): void {
    try {
      this.#sync();
    } catch (error) {
      this.#options.report(`Cannot sync the checkpoint "${this.#options.path}": ${reason(error)}`);
    }
  }
}

import { type FileHandle, open } from "node:fs/promises";
import type { Lsn, ReplicationEvent } from "@walbrook/walbrook";
import { isAcknowledgeable } from "../tail/show_events.ts";
import { readRecording, recordingLine } from "./recording.ts";

/**
 * Writes a recording. It begins where an earlier one ended: incomplete transactions are
 * removed, and recorded ones are not recorded again.
 */
export class Recorder {
  readonly #file: FileHandle;
  readonly #last: Lsn;
  #length: number;
  #isSkipping = false;

  private constructor(file: FileHandle, length: number, last: Lsn) {
    this.#file = file;
    this.#length = length;
    this.#last = last;
  }

  /**
   * Opens a recording, creating it if it does not exist.
   *
   * @param path The file.
   */
  static async open(path: string): Promise<Recorder> {
    // Not with "a": incomplete transactions are overwritten.
    const file = await open(path, "r+").catch(async (error) => {
      if (error.code === "ENOENT") return await open(path, "wx+", 0o600);
      throw error;
    }).catch((cause) => {
      throw new Error(`Cannot open the recording ${path}: ${cause.message}`, {
        cause,
      });
    });
    try {
      const { end, last } = await findEnd(path);
      await file.truncate(end);
      return new Recorder(file, end, last);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Writes events, and resolves once whole transactions are on disk. */
  async write(events: readonly ReplicationEvent[]): Promise<void> {
    const text = events.filter((event) => this.#isNew(event))
      .map(recordingLine).join("");
    if (text !== "") {
      const bytes = new TextEncoder().encode(text);
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#file.write(
          bytes,
          written,
          bytes.length - written,
          this.#length,
        );
        written += bytesWritten;
        this.#length += bytesWritten;
      }
    }
    if (events.some(isAcknowledgeable)) await this.#file.datasync();
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  // Transactions are recorded whole or not at all; their commit decides.
  #isNew(event: ReplicationEvent): boolean {
    if (event.kind === "begin" || event.kind === "beginPrepare") {
      this.#isSkipping = event.transaction.commitLsn <= this.#last;
    }
    if (event.transaction === null) {
      return !("lsn" in event) || event.lsn > this.#last;
    }
    return !this.#isSkipping;
  }
}

async function findEnd(
  path: string,
): Promise<{ readonly end: number; readonly last: Lsn }> {
  let last = 0n as Lsn;
  let whole = 0;
  for await (const { event, end } of readRecording(path)) {
    if (!isAcknowledgeable(event)) continue;
    whole = end;
    const at = event.transaction?.commitLsn ??
      ("lsn" in event ? event.lsn : null);
    if (at !== null && at > last) last = at;
  }
  return { end: whole, last };
}

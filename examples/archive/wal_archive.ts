import { constants } from "node:fs";
import {
  type FileHandle,
  open,
  readdir,
  rename,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import {
  type Lsn,
  parseWalFileName,
  type WalBytes,
  type WalEvent,
  type WalTimeline,
} from "@walbrook/walbrook/wal";

/** What a file is called until it is complete: as `pg_receivewal` does. */
const PARTIAL = ".partial";

/** Where an archive goes on. */
export interface ArchivePosition {
  /** The timeline. */
  readonly timeline: number;
  /** The first byte that is missing, or that may be. */
  readonly start: Lsn;
}

/**
 * A folder with files of the WAL, named and filled as the server's own are: a
 * `restore_command` can copy them from there. One that is not complete yet ends in
 * `.partial`.
 */
export class WalArchive implements AsyncDisposable {
  readonly #directory: string;
  readonly #segmentSize: number;
  #open: { readonly name: string; readonly file: FileHandle } | null = null;

  /**
   * @param directory The folder, which exists.
   * @param segmentSize The size of the cluster's segments.
   */
  constructor(directory: string, segmentSize: number) {
    this.#directory = directory;
    this.#segmentSize = segmentSize;
  }

  /** Where the archive goes on; `null` where it is empty. */
  async position(): Promise<ArchivePosition | null> {
    let last: ArchivePosition | null = null;
    for (const name of await readdir(this.#directory)) {
      const isPartial = name.endsWith(PARTIAL);
      const file = parseWalFileName(
        isPartial ? name.slice(0, -PARTIAL.length) : name,
        this.#segmentSize,
      );
      if (file === null) continue;
      const { timeline } = file;
      const length = isPartial ? 0 : this.#segmentSize;
      const start = file.start + BigInt(length) as Lsn;
      const isLater = last === null || start > last.start ||
        (start === last.start && timeline > last.timeline);
      if (isLater) last = { timeline, start };
    }
    return last;
  }

  /**
   * Writes what comes next.
   *
   * @returns Where the archive now ends for sure, if that is news.
   */
  async write(event: WalEvent): Promise<Lsn | null> {
    return event.kind === "timeline"
      ? await this.#begin(event)
      : await this.#append(event);
  }

  /** Makes sure that all of it is on the disk. */
  async sync(): Promise<void> {
    await this.#open?.file.sync();
  }

  /** Closes what is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#open?.file;
    this.#open = null;
    await file?.sync();
    await file?.close();
  }

  async #begin({ history }: WalTimeline): Promise<null> {
    await this[Symbol.asyncDispose]();
    if (history === null) return null;
    const path = join(this.#directory, history.filename);
    await writeFile(`${path}${PARTIAL}`, history.content);
    await rename(`${path}${PARTIAL}`, path);
    return null;
  }

  async #append(event: WalBytes): Promise<Lsn | null> {
    const { fileName, offset, data, completesFile, end } = event;
    const path = join(this.#directory, fileName);
    if (this.#open?.name !== fileName) await this.#create(fileName);
    const file = this.#open!.file;
    for (let done = 0; done < data.length;) {
      const rest = data.length - done;
      done += (await file.write(data, done, rest, offset + done)).bytesWritten;
    }
    if (!completesFile) return null;
    await this[Symbol.asyncDispose]();
    await rename(`${path}${PARTIAL}`, path);
    return end;
  }

  async #create(name: string): Promise<void> {
    await this[Symbol.asyncDispose]();
    const path = join(this.#directory, `${name}${PARTIAL}`);
    const file = await open(path, constants.O_CREAT | constants.O_WRONLY);
    // A server takes no shorter file, and reads zeros as the end.
    await file.truncate(this.#segmentSize);
    this.#open = { name, file };
  }
}

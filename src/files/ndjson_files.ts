import { serializeEvent } from "../encode/tagged_json.ts";
import { toJson } from "../encode/to_json.ts";
import { type Lsn, parseLsn } from "../lsn.ts";
import type {
  DeliveredEvent,
  DeliveredKind,
} from "../sink/options/deliverable.ts";
import type {
  Delivery,
  Destination,
  WriteContext,
} from "../sink/options/destination.ts";
import type { AppendFile, Files } from "../socket/files.ts";
import { FILES } from "../socket/files.ts";
import { FileNames } from "./file_names.ts";
import { linesBackward } from "./lines_backward.ts";

/** Options for {@linkcode ndjsonFiles}. */
export interface NdjsonFilesOptions {
  /** The folder of the files, which is created if missing. */
  readonly folder: string;
  /**
   * The prefix of each name.
   *
   * @default {"changes"}
   */
  readonly prefix?: string;
  /**
   * The format of the events: `"json"`, written by `toJson()`, for any reader; `"exact"`,
   * written by `serializeEvent()`, from which the same events can be restored.
   *
   * @default {"json"}
   */
  readonly format?: "json" | "exact";
  /**
   * The size at which a file is complete, in bytes.
   *
   * @default {134_217_728} 128 MiB
   */
  readonly maxBytes?: number;
  /**
   * The age at which a file is complete, in milliseconds, at the next transaction.
   *
   * @default {Infinity}
   */
  readonly maxAgeMs?: number;
  /**
   * Called with each complete file before its last transaction is acknowledged, for example
   * to upload it. It is called again with the last one when a delivery starts.
   *
   * @default {undefined}
   */
  readonly onComplete?: (path: string) => Promise<void>;
  /**
   * Your own files.
   *
   * @default {undefined} those of the process
   */
  readonly files?: Files;
}

/**
 * Writes the stream to files of JSON lines, whole transactions from `begin` to `commit`, each
 * exactly once: what a crash left unfinished is truncated, and what is already there is
 * skipped. A transaction is acknowledged once it is durable (`fsync`).
 *
 * The files are `changes-0000000001.ndjson` and so on; the one being written has the suffix
 * `.open`. A file ends between two transactions.
 *
 * @example
 * ```ts
 * import { ndjsonFiles } from "@walbrook/walbrook/files";
 *
 * const destination = ndjsonFiles({ folder: "/var/lib/shop/changes" });
 * // deliver(subscription, destination)
 * console.log(destination.name);
 * ```
 *
 * @param options The folder, and when a file is complete.
 * @returns The destination, for `deliver()`.
 */
export function ndjsonFiles(options: NdjsonFilesOptions): Destination {
  return new NdjsonFiles(options);
}

const UTF8 = new TextEncoder();

class NdjsonFiles implements Destination<string> {
  readonly name: string;
  readonly order = "transaction";
  readonly batch = { items: 2_000 };
  readonly accepts: readonly DeliveredKind[] = [
    ...["begin", "commit", "insert", "update", "delete", "truncate"] as const,
    ...["message", "relation"] as const,
    ...["snapshotBegin", "read", "chunk", "snapshotEnd"] as const,
  ];
  readonly #options: NdjsonFilesOptions;
  readonly #files: Files;
  readonly #names: FileNames;
  readonly #encode: (event: DeliveredEvent) => string;
  #file: AppendFile | null = null;
  #number = 0;
  #openedAt = 0;
  // The position up to which the file is complete.
  #durable = 0;
  // Everything that committed before it is in the files.
  #end: Lsn | null = null;
  #isSkipping = false;

  constructor(options: NdjsonFilesOptions) {
    const { folder, prefix = "changes", format = "json" } = options;
    this.#options = options;
    this.#files = options.files ?? FILES;
    this.#names = new FileNames(folder, prefix);
    this.#encode = format === "exact" ? serializeEvent : toJson;
    this.name = `${folder}/${prefix}`;
  }

  async open(): Promise<void> {
    const { complete, open } = this.#names.read(
      await this.#files.list(this.#options.folder),
    );
    this.#end = null;
    this.#number = open ?? (complete.at(-1) ?? 0) + 1;
    this.#file = await this.#files.open(this.#names.open(this.#number));
    this.#openedAt = Date.now();
    this.#durable = await this.#recover(this.#file);
    await this.#file.truncate(this.#durable);
    await this.#files.syncFolder(this.#options.folder);
    const last = complete.at(-1);
    if (last !== undefined) {
      await this.#options.onComplete?.(this.#names.complete(last));
    }
    for (const number of complete.toReversed()) {
      if (this.#end !== null) break;
      const file = await this.#files.open(this.#names.complete(number));
      await this.#recover(file);
      await file.close();
    }
  }

  // Finds the end of the last unit, and the last commit.
  async #recover(file: AppendFile): Promise<number> {
    let durable = 0;
    for await (const { text, end } of linesBackward(file)) {
      const line = JSON.parse(text) as WrittenLine;
      if (durable === 0 && endsUnit(line)) durable = end;
      if (durable > 0 && line.kind === "commit") {
        this.#end = readLsn(line.endLsn);
        break;
      }
    }
    return durable;
  }

  encode(event: DeliveredEvent): string {
    return `${this.#encode(event)}\n`;
  }

  async write(
    batch: readonly Delivery<string>[],
    { attempt }: WriteContext,
  ): Promise<void> {
    // What a failed attempt left is truncated, or skipped if it is complete.
    if (attempt > 0) {
      await this.close().catch(() => {});
      await this.open();
    }
    let text = "";
    for (const { event, body } of batch) {
      if (event.kind === "begin") {
        const { commitLsn } = event.transaction;
        this.#isSkipping = this.#end !== null && commitLsn < this.#end;
      }
      if (!this.#isSkipping || event.transaction === null) text += body;
      if (event.kind === "commit" && !this.#isSkipping) {
        this.#end = event.endLsn;
      }
      if (endsUnit(event) && this.#isFull(text.length)) {
        await this.#append(text);
        text = "";
        await this.#rotate();
      }
    }
    if (text !== "") await this.#append(text, endsUnit(batch.at(-1)!.event));
  }

  async #append(text: string, isWhole = true): Promise<void> {
    const file = this.#file!;
    await file.append(UTF8.encode(text));
    if (!isWhole) return;
    await file.sync();
    this.#durable = file.size;
  }

  // Whether the file is complete with this many characters more.
  #isFull(more: number): boolean {
    const { maxBytes = 2 ** 27, maxAgeMs = Infinity } = this.#options;
    const size = this.#file!.size + more;
    return size > 0 &&
      (size >= maxBytes || Date.now() - this.#openedAt >= maxAgeMs);
  }

  async #rotate(): Promise<void> {
    await this.#file!.close();
    const path = this.#names.complete(this.#number);
    await this.#files.rename(this.#names.open(this.#number), path);
    this.#number++;
    this.#file = await this.#files.open(this.#names.open(this.#number));
    await this.#files.syncFolder(this.#options.folder);
    this.#durable = 0;
    this.#openedAt = Date.now();
    await this.#options.onComplete?.(path);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}

interface WrittenLine {
  readonly kind: string;
  readonly transaction: unknown;
  readonly endLsn?: string | { readonly $bigint: string };
}

function endsUnit(
  { kind, transaction }: {
    readonly kind: string;
    readonly transaction: unknown;
  },
): boolean {
  switch (kind) {
    case "commit":
    case "chunk":
    case "snapshotBegin":
    case "snapshotEnd":
      return true;
    default:
      return transaction === null && kind !== "read";
  }
}

function readLsn(value: WrittenLine["endLsn"]): Lsn | null {
  if (value === undefined) return null;
  return typeof value === "string"
    ? parseLsn(value)
    : BigInt(value.$bigint) as Lsn;
}

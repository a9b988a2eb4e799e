import { deserializeEvent, serializeEvent } from "../encode/tagged_json.ts";
import type {
  DeadLetter,
  DeadLetterStore,
} from "../sink/options/dead_letter.ts";
import { type AppendFile, FILES, type Files } from "../socket/files.ts";

/** Options for {@linkcode fileDeadLetters}. */
export interface FileDeadLettersOptions {
  /**
   * Your own files.
   *
   * @default {undefined} those of the process
   */
  readonly files?: Files;
}

/**
 * Stores dead letters in a file, one line of JSON each, so that they survive the process and
 * a power failure. Released letters stay in the file, followed by a line that marks them as
 * released; the file may be deleted while no delivery is running and no letter is parked.
 *
 * @example
 * ```ts
 * import { fileDeadLetters } from "@walbrook/walbrook/files";
 *
 * const poison = fileDeadLetters("/var/lib/shop/dead_letters.ndjson");
 * // deliver(subscription, destination, { poison })
 * console.log(typeof poison.keep);
 * ```
 *
 * @param path The file. It is created with the first letter.
 * @param options Your own files.
 * @returns The store, for the option `poison` of `deliver()`. Several destinations may share
 * it.
 */
export function fileDeadLetters(
  path: string,
  { files = FILES }: FileDeadLettersOptions = {},
): DeadLetterStore {
  return new DeadLetterFile(path, files);
}

const UTF8 = new TextEncoder();
const PART = 2 ** 20;

class DeadLetterFile implements DeadLetterStore {
  readonly #path: string;
  readonly #files: Files;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, files: Files) {
    this.#path = path;
    this.#files = files;
  }

  async keep(letters: readonly DeadLetter[]): Promise<void> {
    const lines = letters.map(({ event, ...letter }) =>
      `${JSON.stringify({ ...letter, event: serializeEvent(event) })}\n`
    );
    await this.#append(lines.join(""));
  }

  async release(destination: string, keys: readonly string[]): Promise<void> {
    await this.#append(`${JSON.stringify({ released: keys, destination })}\n`);
  }

  async *read(): AsyncGenerator<DeadLetter> {
    const lines = await this.#inTurn((file) => readLines(file));
    let letters: KeptLetter[] = [];
    for (const line of lines) {
      const entry = JSON.parse(line) as KeptLetter | Release;
      if ("released" in entry) {
        letters = letters.filter((letter) => !releases(entry, letter));
      } else letters.push(entry);
    }
    for (const { event, ...letter } of letters) {
      yield { ...letter, event: deserializeEvent(event) };
    }
  }

  #append(text: string): Promise<void> {
    return this.#inTurn(async (file) => {
      // An incomplete line is what a crash has left.
      const end = await lastLineEnd(file);
      if (end < file.size) await file.truncate(end);
      await file.append(UTF8.encode(text));
      await file.sync();
    });
  }

  #inTurn<T>(run: (file: AppendFile) => Promise<T>): Promise<T> {
    const result = this.#turn.then(async () => {
      const file = await this.#files.open(this.#path);
      try {
        return await run(file);
      } finally {
        await file.close();
      }
    });
    this.#turn = result.catch(() => {});
    return result;
  }
}

type KeptLetter = Omit<DeadLetter, "event"> & { readonly event: string };

interface Release {
  readonly released: readonly string[];
  readonly destination: string;
}

function releases(
  { released, destination }: Release,
  letter: KeptLetter,
): boolean {
  return letter.destination === destination &&
    letter.keys.some((key) => released.includes(key));
}

async function lastLineEnd(file: AppendFile): Promise<number> {
  for (let end = file.size; end > 0;) {
    const from = Math.max(0, end - 4096);
    const at = (await file.read(from, end - from)).lastIndexOf(0x0a);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

async function readLines(file: AppendFile): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for (let at = 0; at < file.size; at += PART) {
    text += decoder.decode(await file.read(at, PART), { stream: true });
  }
  // The last piece is empty, or an incomplete line that a crash has left.
  return text.split("\n").slice(0, -1);
}

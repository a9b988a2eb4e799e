/** A process that applies transactions, which can be paused, resumed and ended. */
import type { SqlClient } from "../helpers/postgres.ts";

const CLIENT = new URL("./applying_client.ts", import.meta.url).pathname;

/** How a {@linkcode PausableConsumer} is started. */
export interface PausableConsumerOptions {
  /** The source's URL. */
  readonly source: string;
  /** The slot. */
  readonly slot: string;
  /** The publication. */
  readonly publication: string;
  /** The URL of the database that it writes to. */
  readonly target: string;
  /** Whether its position is kept with its data, and fenced. */
  readonly kind: "fenced" | "unfenced";
}

/** A process of `applying_client.ts`. */
export class PausableConsumer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  #wake: () => void = () => {};

  /** @param options What it applies. It starts at once. */
  constructor(
    { source, slot, publication, target, kind }: PausableConsumerOptions,
  ) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", CLIENT],
        ...[source, slot, publication, target, kind],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reading = this.#read();
  }

  /**
   * Waits until it says so.
   *
   * @param what The beginning of a line.
   * @returns The line; the last one if it has ended without.
   */
  async says(what: RegExp): Promise<string | undefined> {
    let over = false;
    void this.#reading.then(() => {
      over = true;
      this.#wake();
    });
    for (;;) {
      const line = this.#lines.find((line) => what.test(line));
      if (line !== undefined) return line;
      if (over) return this.#lines.at(-1);
      await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  /** Stops it where it holds no transaction of the target open. */
  async pause(sql: SqlClient): Promise<void> {
    for (;;) {
      this.#process.kill("SIGSTOP");
      const open = await sql.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'target' AND " +
          "state <> 'idle' AND pid <> pg_backend_pid()",
      );
      if (open === "0") return;
      this.#process.kill("SIGCONT");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Lets it go on. What it has said until now is forgotten. */
  resume(): void {
    this.#lines.length = 0;
    this.#process.kill("SIGCONT");
  }

  /** Ends it, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      this.#lines.push(...lines);
      this.#wake();
    }
  }
}

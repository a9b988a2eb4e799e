import type { Job, Ready, Turn } from "../program/job.ts";
import type { Runtime } from "./runtimes.ts";

/** The time limit of one turn, in milliseconds, after which its process is killed. */
const TURN_LIMIT_MS = 180_000;

/**
 * A process that runs one client in one runtime. It stays alive between its turns, so
 * that what is measured is compiled and warm.
 */
export class Contender implements AsyncDisposable {
  /** What the process is to do. */
  readonly job: Job;
  /** What it took to get there. */
  readonly ready: Ready;
  readonly #process: Deno.ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #complaints: Promise<string>;

  private constructor(
    job: Job,
    { ready, process, answers, writer, complaints }: {
      readonly ready: Ready;
      readonly process: Deno.ChildProcess;
      readonly answers: AsyncIterator<string>;
      readonly writer: WritableStreamDefaultWriter<Uint8Array>;
      readonly complaints: Promise<string>;
    },
  ) {
    this.job = job;
    this.ready = ready;
    this.#process = process;
    this.#answers = answers;
    this.#writer = writer;
    this.#complaints = complaints;
  }

  /**
   * Starts the process.
   *
   * @param runtime Where to run the client.
   * @param job What it is to do.
   * @throws {Error} If it ends before it is ready; the message has what it printed.
   */
  static async start(runtime: Runtime, job: Job): Promise<Contender> {
    const [program = "", ...args] = runtime.command;
    const spawnedAt = Date.now();
    const process = new Deno.Command(program, {
      args: [...args, runtime.program, JSON.stringify({ ...job, spawnedAt })],
      cwd: job.modules,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(process.stderr).text();
    const answers = lines(process.stdout);
    const first = await answers.next();
    if (first.done) throw await failure(job, process, complaints);
    const ready: Ready = JSON.parse(first.value);
    const writer = process.stdin.getWriter();
    return new Contender(job, { ready, process, answers, writer, complaints });
  }

  /** The process's id. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Gives the process a turn, and waits for its answer.
   *
   * @throws {Error} If the process ends, or takes more than three minutes.
   */
  async turn<T>(turn: Turn): Promise<T> {
    const line = `${JSON.stringify(turn)}\n`;
    await this.#writer.write(new TextEncoder().encode(line));
    const timer = setTimeout(() => this.#kill(), TURN_LIMIT_MS);
    try {
      const answer = await this.#answers.next();
      if (answer.done) {
        throw await failure(this.job, this.#process, this.#complaints);
      }
      return JSON.parse(answer.value);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    this.#kill();
    await this.#process.status;
    await this.#answers.return?.();
    await this.#complaints;
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has already ended.
    }
  }
}

async function failure(
  { client, task }: Job,
  process: Deno.ChildProcess,
  complaints: Promise<string>,
): Promise<Error> {
  const { code, signal } = await process.status;
  const text = (await complaints).trim().slice(-2000);
  return new Error(
    `The process of ${client} (${task}) ended with ${
      signal ?? code
    } and without an answer${text && `:\n${text}`}`,
  );
}

async function* lines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

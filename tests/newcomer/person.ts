import { until } from "../helpers/until.ts";
import { run } from "./run_program.ts";
import { join } from "node:path";

/** Longer than any command takes, so that one which hangs ends the script. */
const PATIENCE_MS = 300_000;

/** Somebody with an empty folder, empty caches and a terminal. */
export class Person {
  /** The empty folder. */
  readonly home: string;
  readonly #uid: number | undefined;
  readonly #env: Record<string, string>;

  private constructor(home: string, uid: number | undefined, bin: string) {
    this.home = home;
    this.#uid = uid;
    this.#env = {
      HOME: home,
      TMPDIR: join(home, "tmp"),
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      DENO_DIR: join(home, ".cache/deno"),
      npm_config_cache: join(home, ".npm"),
      BUN_INSTALL: join(home, ".bun"),
      NO_COLOR: "1",
      // The "y" that npx asks for.
      npm_config_yes: "true",
      npm_config_update_notifier: "false",
    };
  }

  /**
   * Gives somebody a home.
   *
   * @param home An empty folder.
   * @param options The user's id, if it is another one, and the folder of the programs.
   */
  static async create(
    home: string,
    { uid, bin }: { readonly uid: number | undefined; readonly bin: string },
  ): Promise<Person> {
    await Deno.mkdir(join(home, "tmp"), { recursive: true });
    const person = new Person(home, uid, bin);
    await person.own(home);
    return person;
  }

  /** Makes a file or folder this person's. */
  async own(path: string): Promise<void> {
    if (Deno.uid() !== 0) return;
    const uid = this.#uid ?? 0;
    await run("chown", "-R", `${uid}:${uid}`, path);
  }

  /** Sets a variable for what is run from now on. */
  set(name: string, value: string): void {
    this.#env[name] = value;
  }

  /** Types a command. */
  type(command: string, folder: string): Running {
    const user = this.#uid === undefined
      ? {}
      : { uid: this.#uid, gid: this.#uid };
    return new Running(
      new Deno.Command("sh", {
        args: ["-ec", command],
        ...user,
        cwd: folder,
        env: this.#env,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        // A group of its own, as a terminal gives to a command.
        detached: true,
      }).spawn(),
    );
  }
}

/** A command that was typed. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  #isOver = false;
  readonly #reading: Promise<void>;
  /** What it has printed. */
  output = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = Promise.all(
      [child.stdout, child.stderr].map(async (stream) => {
        for await (
          const text of stream.pipeThrough(new TextDecoderStream())
        ) this.output += text;
      }),
    ).then(() => {
      this.#isOver = true;
    });
  }

  /**
   * Waits until something holds.
   *
   * @throws {Error} If the command ends before, or takes too long.
   */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    let holds = false;
    await this.#patiently(async () => {
      const isOver = this.#isOver;
      holds = await condition();
      return holds || isOver;
    });
    if (!holds) throw new Error(`It ended too early:\n${this.output}`);
  }

  /** Interrupts it as Ctrl-C does, and waits until all that it started is gone. */
  async interrupt(): Promise<void> {
    this.#kill("SIGINT");
    await this.#patiently(() => this.#isOver);
    await this.#child.status;
  }

  /**
   * Waits for its end.
   *
   * @throws {Error} If it fails, or takes too long.
   */
  async end(): Promise<void> {
    await this.#patiently(() => this.#isOver);
    const { code } = await this.#child.status;
    if (code !== 0) {
      throw new Error(`It ended with the status ${code}:\n${this.output}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.#kill("SIGKILL");
    await this.#reading;
    await this.#child.status;
  }

  #kill(signal: Deno.Signal): void {
    try {
      Deno.kill(-this.#child.pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #patiently(condition: () => boolean | Promise<boolean>): Promise<void> {
    try {
      await until(condition, PATIENCE_MS);
    } catch (error) {
      throw new Error(`It takes too long:\n${this.output}`, { cause: error });
    }
  }
}

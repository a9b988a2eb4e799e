import { until } from "../helpers/until.ts";
import { run } from "./run_program.ts";
import { join } from "node:path";

/** The time limit of a command, longer than any takes. A command that hangs ends the script. */
const PATIENCE_MS = 300_000;

/** A new user with an empty home folder, empty caches and a terminal. */
export class Person {
  /** The home folder, empty at first. */
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
      // Answers npx's question with "y".
      npm_config_yes: "true",
      npm_config_update_notifier: "false",
    };
  }

  /**
   * Creates a user with a home folder.
   *
   * @param home An empty folder.
   * @param options The user's id, if it is not this process's, and the folder of the programs.
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

  /** Makes this user the owner of a file or folder. */
  async own(path: string): Promise<void> {
    if (Deno.uid() !== 0) return;
    const uid = this.#uid ?? 0;
    await run("chown", "-R", `${uid}:${uid}`, path);
  }

  /** Sets an environment variable for later commands. */
  set(name: string, value: string): void {
    this.#env[name] = value;
  }

  /** Starts a command, as if it were typed into the terminal. */
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
        // A separate process group, as a terminal gives to a command.
        detached: true,
      }).spawn(),
    );
  }
}

/** A command that was started. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  #isOver = false;
  readonly #reading: Promise<void>;
  /** The output so far. */
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
   * Waits until a condition holds.
   *
   * @throws {Error} If the command ends first, or takes too long.
   */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    let holds = false;
    await this.#patiently(async () => {
      const isOver = this.#isOver;
      holds = await condition();
      return holds || isOver;
    });
    if (!holds) throw new Error(`The command ended too early:\n${this.output}`);
  }

  /** Interrupts the command as Ctrl-C does, and waits for the end of all its processes. */
  async interrupt(): Promise<void> {
    this.#kill("SIGINT");
    await this.#patiently(() => this.#isOver);
    await this.#child.status;
  }

  /**
   * Waits for the end of the command.
   *
   * @throws {Error} If it fails, or takes too long.
   */
  async end(): Promise<void> {
    await this.#patiently(() => this.#isOver);
    const { code } = await this.#child.status;
    if (code !== 0) {
      throw new Error(`The command ended with status ${code}:\n${this.output}`);
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
      throw new Error(`The command takes too long:\n${this.output}`, {
        cause: error,
      });
    }
  }
}

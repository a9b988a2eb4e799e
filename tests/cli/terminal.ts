import { CLI, quietEnvironment, ROOT } from "./run_cli.ts";

/** How to open a {@linkcode Terminal}. */
export interface TerminalOptions {
  /** How wide it is. @default {80} */
  readonly columns?: number;
  /** How high it is. @default {24} */
  readonly rows?: number;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

const DEADLINE_MS = 60_000;

/** Whether there are terminals to test with; says so if not. */
export async function hasTerminals(): Promise<boolean> {
  const found = await new Deno.Command("tmux", {
    args: ["-V"],
    stdout: "null",
    stderr: "null",
  }).output().then(({ success }) => success, () => false);
  if (!found) console.log("skipped: tmux is missing, which makes terminals");
  return found;
}

/** A terminal in which the command line runs, made by tmux. */
export class Terminal implements AsyncDisposable {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  /** Starts a command in a terminal. Its exit status is shown at the end. */
  static async open(
    args: readonly string[],
    { columns = 80, rows = 24, env = {} }: TerminalOptions = {},
  ): Promise<Terminal> {
    const terminal = new Terminal(`walbrook_${crypto.randomUUID()}`);
    const quoted = [Deno.execPath(), "run", "-A", "--quiet", CLI, ...args]
      .map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    await terminal.#tmux([
      ...["-f", "/dev/null", "new-session", "-d"],
      ...["-x", `${columns}`, "-y", `${rows}`],
      `${quoted}; printf '[status %s]' $?; exec sleep 600`,
    ], env);
    return terminal;
  }

  /** The lines on the screen, with escapes for colours if asked for. */
  async screen(
    { colors = false }: { readonly colors?: boolean } = {},
  ): Promise<string[]> {
    const text = await this.#tmux([
      ...["capture-pane", "-p"],
      ...colors ? ["-e"] : [],
    ]);
    return text.split("\n").map((line) => line.trimEnd());
  }

  /** Waits until text is on the screen. */
  async until(text: string | RegExp): Promise<string[]> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const lines = await this.screen();
      const all = lines.join("\n");
      if (typeof text === "string" ? all.includes(text) : text.test(all)) {
        return lines;
      }
      if (Date.now() > deadline) {
        throw new Error(`Never on the screen: ${text}; there is\n${all}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Presses keys, as tmux names them: `"q"`, `"C-c"`, `"Enter"`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux(["send-keys", ...keys]);
  }

  /** Changes the terminal's size. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux([
      ...["resize-window", "-x", `${columns}`, "-y", `${rows}`],
    ]);
  }

  /** Ends the terminal and what runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux(["kill-server"]);
  }

  async #tmux(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { NO_COLOR: _, ...quiet } = quietEnvironment();
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-L", this.#name, ...args],
      cwd: ROOT,
      clearEnv: true,
      env: { ...quiet, TERM: "xterm-256color", ...env },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`tmux ${args[0]}: ${text.decode(stderr)}`);
    return text.decode(stdout);
  }
}

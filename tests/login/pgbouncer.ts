import type { PostgresServer } from "../helpers/postgres.ts";

/** A pooler in front of a server. */
export interface PgBouncer extends AsyncDisposable {
  /** Its version, such as 1.18. */
  readonly version: number;
  /** A connection URL through it, for the server's superuser. */
  readonly url: string;
}

/** What {@linkcode startPgBouncer} takes. */
export interface PgBouncerOptions {
  /** How long a client keeps a server's connection. */
  readonly poolMode: "session" | "transaction";
  /** Parameters of StartupMessage to pass over. */
  readonly ignore?: string;
}

/** Says which PgBouncer is installed, such as 1.18; `null` for none. */
export async function findPgBouncer(): Promise<number | null> {
  try {
    const { stdout } = await new Deno.Command("pgbouncer", {
      args: ["--version"],
    }).output();
    const text = new TextDecoder().decode(stdout);
    const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(text) ?? [];
    return Number(major) * 100 + Number(minor);
  } catch {
    return null;
  }
}

/**
 * Starts PgBouncer in front of a server.
 *
 * @param server The server.
 * @param options How it pools.
 */
export async function startPgBouncer(
  server: PostgresServer,
  { poolMode, ignore = "" }: PgBouncerOptions,
): Promise<PgBouncer> {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await Deno.writeTextFile(`${folder}/users`, `"${server.superuser}" ""\n`);
  await Deno.writeTextFile(
    `${folder}/ini`,
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${folder}/users
pool_mode = ${poolMode}
ignore_startup_parameters = ${ignore}
`,
  );
  await Deno.chmod(folder, 0o755);
  // It does not run as root.
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  const process = new Deno.Command("pgbouncer", {
    args: [...user, `${folder}/ini`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new LogReader(process.stderr);
  await log.until(`listening on 127.0.0.1:${port}`);
  return {
    version: await findPgBouncer() ?? 0,
    url: `postgres://${server.superuser}@127.0.0.1:${port}/postgres`,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await log.untilEnd();
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

class LogReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(log: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = log.pipeThrough(new TextDecoderStream()).getReader();
  }

  async until(line: string): Promise<void> {
    while (!this.#text.includes(line)) {
      if (!await this.#read()) {
        throw new Error(`PgBouncer has ended:\n${this.#text}`);
      }
    }
  }

  async untilEnd(): Promise<void> {
    while (await this.#read());
  }

  async #read(): Promise<boolean> {
    const { done, value = "" } = await this.#reader.read();
    this.#text += value;
    return !done;
  }
}

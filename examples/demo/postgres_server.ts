/**
 * A real PostgreSQL server, started from nothing but npm's binaries, which
 * leaves nothing behind: for the demo and for this repository's tests.
 *
 * @module
 */
import { join } from "node:path";
import type { PostgresMajor } from "./postgres_binaries.ts";
import { ServerFolder } from "./server_folder.ts";

export type { PostgresMajor };

/** What {@linkcode startPostgres} takes. */
export interface PostgresOptions {
  /**
   * Which version to start.
   *
   * @default {18}
   */
  readonly major?: PostgresMajor;
  /** Lines of `postgresql.conf`, over the defaults of this module. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf`, before the one that trusts everybody. */
  readonly hba?: readonly string[];
  /**
   * Files to put into the data directory, readable by the server alone: a
   * certificate and its key, for instance.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** Gives up the start; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/**
 * How to stop: `smart` waits for the clients to leave, `fast` ends their
 * sessions (but waits for walsenders to send everything), `immediate` is a crash.
 */
export type StopMode = "smart" | "fast" | "immediate";

/** A running server. Disposing it removes all that it had. */
export interface PostgresServer extends AsyncDisposable {
  /** Its version. */
  readonly major: PostgresMajor;
  /** Where it listens: always `127.0.0.1`. */
  readonly host: string;
  /** Its TCP port. */
  readonly port: number;
  /** The folder of its unix-domain socket. */
  readonly socketDirectory: string;
  /** Its superuser, who needs no password. */
  readonly superuser: string;
  /** A connection URL for the superuser and the database `postgres`. */
  readonly url: string;
  /** Its data directory. */
  readonly dataDirectory: string;
  /** What it has logged since its first start. */
  log(): Promise<string>;
  /** Stops it, keeping its data. `"fast"` by default. */
  stop(mode?: StopMode): Promise<void>;
  /** Starts it again on the same port, after {@linkcode stop} or a crash. */
  start(): Promise<void>;
}

const SIGNALS: Readonly<Record<StopMode, Deno.Signal>> = {
  smart: "SIGTERM",
  fast: "SIGINT",
  immediate: "SIGQUIT",
};

const SUPERUSER = "postgres";
const HOST = "127.0.0.1";
const PORT_TRIES = 5;
const POLL_MS = 10;

/** Logical decoding on, and nothing written more carefully than a throw-away server needs. */
const SETTINGS: Readonly<Record<string, string>> = {
  wal_level: "logical",
  max_wal_senders: "20",
  max_replication_slots: "20",
  max_prepared_transactions: "10",
  max_connections: "60",
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "32MB",
  // In the data directory, so that a killed server leaves nothing in /dev/shm.
  dynamic_shared_memory_type: "mmap",
  listen_addresses: HOST,
  timezone: "UTC",
  log_timezone: "UTC",
};

/** The user that owns the server's files and processes; nothing for ourselves. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Starts a PostgreSQL server in a temporary folder, on a free port of
 * 127.0.0.1, with `wal_level = logical`. Its binaries come from npm, into
 * Deno's cache. Started by root, it runs as the user `nobody`.
 *
 * The server and the folder also go away when this process ends without
 * disposing them, even by SIGKILL. A Ctrl-C in the terminal is not passed on to
 * the server, so it stays up while the program ends in its own order.
 *
 * @param options Version and settings.
 * @returns The server, ready for connections.
 * @throws {Error} If the server can't be started; the message ends with its log.
 */
export async function startPostgres(
  options: PostgresOptions = {},
): Promise<PostgresServer> {
  options.signal?.throwIfAborted();
  const folder = await ServerFolder.acquire();
  const server = new Server(folder, options.major ?? 18);
  try {
    await server.create(options);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    options.signal?.throwIfAborted();
    throw error;
  }
}

class Server implements PostgresServer {
  readonly major: PostgresMajor;
  readonly host = HOST;
  readonly superuser = SUPERUSER;
  readonly #folder: ServerFolder;
  #owner: Owner = {};
  #programs = "";
  #path = "";
  #port = 0;
  #process: Deno.ChildProcess | undefined;
  #disposed: Promise<void> | undefined;

  constructor(folder: ServerFolder, major: PostgresMajor) {
    this.#folder = folder;
    this.major = major;
  }

  get port(): number {
    return this.#port;
  }

  get socketDirectory(): string {
    return this.#path;
  }

  get dataDirectory(): string {
    return join(this.#path, "data");
  }

  get url(): string {
    return `postgres://${SUPERUSER}@${HOST}:${this.#port}/postgres`;
  }

  get #logFile(): string {
    return join(this.#path, "log");
  }

  /** Makes the data directory, and starts the server for the first time. */
  async create(options: PostgresOptions): Promise<void> {
    this.#owner = await findOwner();
    this.#programs = await this.#folder.programs(this.major);
    this.#path = await this.#folder.makeServerFolder();
    await this.#own(this.#path);
    options.signal?.throwIfAborted();
    await this.#initialize(options.signal);
    await this.#configure(options);
    for (let tries = 1;; tries++) {
      this.#port = findFreePort();
      try {
        return await this.#run(options.signal);
      } catch (error) {
        const taken = (await this.log()).includes("could not bind");
        if (!taken || tries === PORT_TRIES) throw error;
        await Deno.remove(this.#logFile);
      }
    }
  }

  async #initialize(signal: AbortSignal | undefined): Promise<void> {
    const { success, stderr } = await new Deno.Command(
      join(this.#programs, "initdb"),
      {
        args: [
          ...["-D", this.dataDirectory, "-U", SUPERUSER, "-A", "trust"],
          ...["-E", "UTF8", "--locale=C", "--no-sync"],
        ],
        ...this.#surroundings(),
        stdout: "null",
        stderr: "piped",
        ...(signal ? { signal } : {}),
      },
    ).output();
    if (success) return;
    const reason = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot make a data directory: initdb said\n${reason}`);
  }

  async #configure(options: PostgresOptions): Promise<void> {
    const settings = {
      ...SETTINGS,
      unix_socket_directories: this.socketDirectory,
      ...options.settings,
    };
    const lines = Object.entries(settings).map(([name, value]) =>
      `${name} = '${value.replaceAll("'", "''")}'\n`
    );
    await Deno.writeTextFile(
      join(this.dataDirectory, "postgresql.conf"),
      lines.join(""),
      { append: true },
    );
    const hba = join(this.dataDirectory, "pg_hba.conf");
    await Deno.writeTextFile(
      hba,
      [...options.hba ?? [], await Deno.readTextFile(hba)].join("\n"),
    );
    for (const [name, content] of Object.entries(options.files ?? {})) {
      const path = join(this.dataDirectory, name);
      await Deno.writeTextFile(path, content, { mode: 0o600 });
      await this.#own(path);
    }
  }

  async start(): Promise<void> {
    if (this.#disposed) {
      throw new TypeError("Cannot start the server: it has been disposed");
    }
    if (this.#process) {
      throw new TypeError("Cannot start the server: it runs already");
    }
    await this.#run(undefined);
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    // `exec` keeps the process id, and the shell leads the output into a file.
    const child = new Deno.Command("sh", {
      args: [
        ...["-c", 'log=$1; shift; exec "$@" >> "$log" 2>&1', "sh"],
        this.#logFile,
        join(this.#programs, "postgres"),
        ...["-D", this.dataDirectory, "-p", `${this.#port}`],
      ],
      ...this.#surroundings(),
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#process = child;
    let running = true;
    child.status.then(() => {
      running = false;
      if (this.#process === child) this.#process = undefined;
    });
    while (!await this.#isReady(child.pid)) {
      if (!running) {
        const log = (await this.log()).trim();
        throw new Error(`Cannot start PostgreSQL: the server said\n${log}`);
      }
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Reads what `pg_ctl -w` reads: the server writes its state into its lock file. */
  async #isReady(pid: number): Promise<boolean> {
    try {
      const file = join(this.dataDirectory, "postmaster.pid");
      const lines = (await Deno.readTextFile(file)).split("\n");
      const state = lines[7]?.trim();
      return lines[0] === `${pid}` &&
        (state === "ready" || state === "standby");
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  async log(): Promise<string> {
    try {
      return await Deno.readTextFile(this.#logFile);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }

  async stop(mode: StopMode = "fast"): Promise<void> {
    const child = this.#process;
    if (!child) return;
    try {
      child.kill(SIGNALS[mode]);
    } catch (error) {
      // It has ended by itself a moment ago.
      if (!(error instanceof TypeError)) throw error;
    }
    await child.status;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await this.stop("immediate");
    if (this.#path) await Deno.remove(this.#path, { recursive: true });
    await this.#folder.release();
  }

  async #own(path: string): Promise<void> {
    const { uid, gid } = this.#owner;
    if (uid !== undefined && gid !== undefined) {
      await Deno.chown(path, uid, gid);
    }
  }

  /** No variable of ours (PGPORT, LANG …) may change what the server does. */
  #surroundings(): Deno.CommandOptions {
    return {
      cwd: this.#path,
      clearEnv: true,
      env: { LC_ALL: "C", PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" },
      ...this.#owner,
      stdin: "null",
    };
  }
}

/** PostgreSQL refuses to run as root, so root hands it over to `nobody`. */
async function findOwner(): Promise<Owner> {
  if (Deno.uid() !== 0) return {};
  return { uid: await ask("-u"), gid: await ask("-g") };

  async function ask(flag: string): Promise<number> {
    const { stdout } = await new Deno.Command("id", {
      args: [flag, "nobody"],
      stderr: "null",
    }).output();
    return Number.parseInt(new TextDecoder().decode(stdout)) || 65534;
  }
}

function findFreePort(): number {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

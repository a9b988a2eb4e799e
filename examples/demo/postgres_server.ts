/**
 * A real PostgreSQL server, started from nothing but npm's binaries, which
 * leaves nothing behind: for the demo and for this repository's tests.
 *
 * @module
 */
import { join } from "node:path";
import {
  DataDirectory,
  type DataDirectoryOptions,
  HOST,
  SUPERUSER,
} from "./data_directory.ts";
import type { PostgresMajor } from "./postgres_binaries.ts";
import { ServerFolder } from "./server_folder.ts";

export type { PostgresMajor };

/** What {@linkcode startPostgres} takes. */
export interface PostgresOptions
  extends Omit<DataDirectoryOptions, "template"> {
  /**
   * Which version to start.
   *
   * @default {18}
   */
  readonly major?: PostgresMajor;
  /**
   * Whether to make one cluster for all servers of that version that are started so, and
   * to copy it for each: they then have one system identifier.
   *
   * @default {false}
   */
  readonly copied?: boolean;
  /**
   * Programs of that version and a cluster to copy, made before for many processes; they
   * take the place of what this process would make for itself.
   *
   * @default {undefined} programs from npm
   */
  readonly prepared?: PreparedServer;
}

/** What {@linkcode PostgresOptions.prepared} names. */
export interface PreparedServer {
  /** The folder of the programs. */
  readonly programs: string;
  /** The folder of a cluster that no server has run in. */
  readonly template: string;
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

const PORT_TRIES = 5;
/** How long to wait for the port if somebody has taken it while the server was down. */
const PORT_PATIENCE_MS = 60_000;
const POLL_MS = 10;

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
  const { major = 18, copied = false, prepared, signal } = options;
  signal?.throwIfAborted();
  const shared = await ServerFolder.acquire();
  const folder = await shared.makeServerFolder();
  let server: Server | undefined;
  try {
    const programs = prepared?.programs ?? await shared.programs(major);
    signal?.throwIfAborted();
    const template = copied && !options.backup
      ? prepared?.template ?? await shared.template(major)
      : undefined;
    const data = await DataDirectory.create(folder, programs, {
      ...options,
      ...template === undefined ? {} : { template },
    });
    server = new Server(major, { data, programs, shared });
    await server.startOnFreePort(signal);
    return server;
  } catch (error) {
    if (server) await server[Symbol.asyncDispose]();
    else await shared.release(folder);
    signal?.throwIfAborted();
    throw error;
  }
}

interface ServerParts {
  readonly data: DataDirectory;
  readonly programs: string;
  readonly shared: ServerFolder;
}

class Server implements PostgresServer {
  readonly major: PostgresMajor;
  readonly host = HOST;
  readonly superuser = SUPERUSER;
  readonly #parts: ServerParts;
  #port = 0;
  #process: Deno.ChildProcess | undefined;
  #disposed: Promise<void> | undefined;

  constructor(major: PostgresMajor, parts: ServerParts) {
    this.major = major;
    this.#parts = parts;
  }

  get port(): number {
    return this.#port;
  }

  get socketDirectory(): string {
    return this.#parts.data.folder;
  }

  get dataDirectory(): string {
    return this.#parts.data.path;
  }

  get url(): string {
    return `postgres://${SUPERUSER}@${HOST}:${this.#port}/postgres`;
  }

  get #logFile(): string {
    return join(this.#parts.data.folder, "log");
  }

  /** Somebody else may take the port before the server does: then another one. */
  async startOnFreePort(signal: AbortSignal | undefined): Promise<void> {
    for (let tries = 1;; tries++) {
      this.#port = findFreePort();
      try {
        return await this.#run(signal);
      } catch (error) {
        const taken = (await this.log()).includes("could not bind");
        if (!taken || tries === PORT_TRIES) throw error;
        await Deno.remove(this.#logFile);
      }
    }
  }

  async start(): Promise<void> {
    if (this.#disposed) {
      throw new TypeError("Cannot start the server: it has been disposed");
    }
    if (this.#process) {
      throw new TypeError("Cannot start the server: it runs already");
    }
    const deadline = performance.now() + PORT_PATIENCE_MS;
    for (;;) {
      const before = (await this.log()).length;
      try {
        return await this.#run(undefined);
      } catch (error) {
        const said = (await this.log()).slice(before);
        const isTaken = said.includes("could not bind");
        if (!isTaken || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10 * POLL_MS));
      }
    }
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    // `exec` keeps the process id, and the shell leads the output into a file.
    const child = new Deno.Command("sh", {
      args: [
        ...["-c", 'log=$1; shift; exec "$@" >> "$log" 2>&1', "sh"],
        this.#logFile,
        join(this.#parts.programs, "postgres"),
        ...["-D", this.dataDirectory, "-p", `${this.#port}`],
      ],
      ...this.#parts.data.commandOptions(),
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
    await this.#parts.shared.release(this.#parts.data.folder);
  }
}

function findFreePort(): number {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

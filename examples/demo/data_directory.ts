import { join } from "node:path";

/** The superuser of every server here. */
export const SUPERUSER = "postgres";
/** The one address that every server here listens on. */
export const HOST = "127.0.0.1";

/** What is written into a new data directory. */
export interface DataDirectoryOptions {
  /** Lines of `postgresql.conf`, over the defaults of this module. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf`, before the one that trusts everybody. */
  readonly hba?: readonly string[];
  /**
   * Files to put into the data directory, readable by the server alone: a
   * certificate and its key, for instance.
   */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * The tar archive of a base backup, to start as a standby of the server that it is of,
   * which `settings` have to name (`primary_conninfo`). Needs the program `tar`.
   *
   * @default {undefined} a new cluster
   */
  readonly backup?: ReadableStream<Uint8Array>;
  /**
   * The folder of another {@linkcode DataDirectory} that no server has run in, to copy:
   * that takes a fraction of the time, and gives the same system identifier.
   *
   * @default {undefined} a new cluster
   */
  readonly template?: string;
  /** Gives up; the promise then rejects. */
  readonly signal?: AbortSignal;
}

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

/** A server's folder (its data, its log, its unix-domain socket) and owner. */
export class DataDirectory {
  /** The folder. */
  readonly folder: string;
  readonly #owner: Owner;

  private constructor(folder: string, owner: Owner) {
    this.folder = folder;
    this.#owner = owner;
  }

  /** The data directory itself. */
  get path(): string {
    return join(this.folder, "data");
  }

  /**
   * Makes a data directory inside an empty folder.
   *
   * @param folder The folder.
   * @param programs Where `initdb` is.
   * @param options What to write into it.
   * @returns The data directory, ready for a server.
   * @throws {Error} If `initdb` fails; the message ends with what it said.
   */
  static async create(
    folder: string,
    programs: string,
    options: DataDirectoryOptions,
  ): Promise<DataDirectory> {
    const data = new DataDirectory(folder, await findOwner());
    await data.#own(folder);
    if (options.backup) await data.#restore(options.backup);
    else if (options.template) await data.#copy(options.template);
    else await data.#initialize(programs, options.signal);
    await data.#configure(options);
    return data;
  }

  /**
   * Makes a data directory inside an empty folder, to be copied.
   *
   * @param folder The folder.
   * @param programs Where `initdb` is.
   */
  static async createTemplate(folder: string, programs: string): Promise<void> {
    const data = new DataDirectory(folder, await findOwner());
    await data.#own(folder);
    await data.#initialize(programs, undefined);
  }

  /**
   * How to start a program of the server: as the owner of its files, and with no
   * variable of ours (PGPORT, LANG …) that could change what it does.
   */
  commandOptions(): Deno.CommandOptions {
    return {
      ...this.#owner,
      cwd: this.folder,
      clearEnv: true,
      env: { LC_ALL: "C", PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin" },
      stdin: "null",
    };
  }

  async #initialize(
    programs: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { success, stderr } = await new Deno.Command(
      join(programs, "initdb"),
      {
        ...this.commandOptions(),
        args: [
          ...["-D", this.path, "-U", SUPERUSER, "-A", "trust"],
          ...["-E", "UTF8", "--locale=C", "--no-sync"],
        ],
        stdout: "null",
        stderr: "piped",
        ...(signal ? { signal } : {}),
      },
    ).output();
    if (success) return;
    const reason = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot make a data directory: initdb said\n${reason}`);
  }

  async #copy(template: string): Promise<void> {
    const { success } = await new Deno.Command("cp", {
      ...this.commandOptions(),
      args: ["-a", join(template, "data"), this.folder],
      stdout: "null",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error("Cannot copy a data directory: cp failed");
  }

  async #restore(backup: ReadableStream<Uint8Array>): Promise<void> {
    await Deno.mkdir(this.path, { mode: 0o700 });
    await this.#own(this.path);
    const child = new Deno.Command("tar", {
      ...this.commandOptions(),
      args: ["-x", "-f", "-", "-C", this.path],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    await backup.pipeTo(child.stdin);
    const { success } = await child.status;
    if (!success) throw new Error("Cannot restore a base backup: tar failed");
    await Deno.writeTextFile(join(this.path, "standby.signal"), "");
    await this.#own(join(this.path, "standby.signal"));
  }

  async #configure(options: DataDirectoryOptions): Promise<void> {
    const settings = {
      ...SETTINGS,
      unix_socket_directories: this.folder,
      ...options.settings,
    };
    const lines = Object.entries(settings).map(([name, value]) =>
      `${name} = '${value.replaceAll("'", "''")}'\n`
    );
    await Deno.writeTextFile(
      join(this.path, "postgresql.conf"),
      lines.join(""),
      { append: true },
    );
    const hba = join(this.path, "pg_hba.conf");
    await Deno.writeTextFile(
      hba,
      [...options.hba ?? [], await Deno.readTextFile(hba)].join("\n"),
    );
    for (const [name, content] of Object.entries(options.files ?? {})) {
      const path = join(this.path, name);
      await Deno.writeTextFile(path, content, { mode: 0o600 });
      await this.#own(path);
    }
  }

  async #own(path: string): Promise<void> {
    const { uid, gid } = this.#owner;
    if (uid !== undefined && gid !== undefined) {
      await Deno.chown(path, uid, gid);
    }
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

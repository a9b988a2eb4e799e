import { join } from "node:path";
import { DataDirectory } from "./data_directory.ts";
import { installPostgres, type PostgresMajor } from "./postgres_binaries.ts";

/**
 * Waits for the end of this process, whatever ends it (SIGKILL included), by
 * reading a pipe that only this process holds open. Then it stops the servers
 * and removes the folder. A line on the pipe calls it off.
 */
const WATCHDOG = `
trap '' HUP INT TERM
read -r line && exit 0
for pidfile in "$1"/*/data/postmaster.pid; do
  [ -f "$pidfile" ] || continue
  read -r pid < "$pidfile"
  kill -QUIT "$pid" 2>/dev/null
  tries=0
  while [ -f "$pidfile" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
done
tries=0
until rm -rf "$1" 2>/dev/null || [ $tries -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
`;

/**
 * The one temporary folder of this process: the binaries of each major, shared
 * by all servers, and a folder for each server. It exists while a server does.
 */
export class ServerFolder {
  static #current: Promise<ServerFolder> | undefined;
  static #users = 0;

  readonly #path: string;
  readonly #watchdog: Deno.ChildProcess;
  readonly #installed = new Map<PostgresMajor, Promise<string>>();
  readonly #templates = new Map<PostgresMajor, Promise<string>>();
  #servers = 0;

  private constructor(path: string, watchdog: Deno.ChildProcess) {
    this.#path = path;
    this.#watchdog = watchdog;
  }

  /** Takes a share in the folder; each must be given back by {@linkcode release}. */
  static async acquire(): Promise<ServerFolder> {
    ServerFolder.#users++;
    ServerFolder.#current ??= ServerFolder.#create();
    try {
      return await ServerFolder.#current;
    } catch (error) {
      ServerFolder.#users--;
      ServerFolder.#current = undefined;
      throw error;
    }
  }

  static async #create(): Promise<ServerFolder> {
    const path = await Deno.makeTempDir({
      prefix: "walbrook_",
      ...shortRoot(),
    });
    await Deno.chmod(path, 0o755);
    const watchdog = new Deno.Command("sh", {
      args: ["-c", WATCHDOG, "watchdog", path],
      cwd: "/",
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      // A process group of its own: Ctrl-C is not meant for it.
      detached: true,
    }).spawn();
    return new ServerFolder(path, watchdog);
  }

  /**
   * Gives a share back, and removes a server's folder; with the last share
   * everything is removed.
   *
   * @param serverFolder What {@linkcode makeServerFolder} returned, if it was called.
   */
  async release(serverFolder?: string): Promise<void> {
    if (serverFolder) await Deno.remove(serverFolder, { recursive: true });
    ServerFolder.#users--;
    if (ServerFolder.#users > 0) return;
    ServerFolder.#current = undefined;
    await Promise.allSettled(this.#installed.values());
    await Promise.allSettled(this.#templates.values());
    await Deno.remove(this.#path, { recursive: true });
    const writer = this.#watchdog.stdin.getWriter();
    await writer.write(new TextEncoder().encode("done\n"));
    await writer.close();
    await this.#watchdog.status;
  }

  /** The folder of a major's programs, fetched and copied at the first call. */
  programs(major: PostgresMajor): Promise<string> {
    let folder = this.#installed.get(major);
    if (!folder) {
      folder = installPostgres(major, join(this.#path, `bin${major}`));
      this.#installed.set(major, folder);
    }
    return folder;
  }

  /** The folder of a cluster of a major, made at the first call, to be copied. */
  template(major: PostgresMajor): Promise<string> {
    let template = this.#templates.get(major);
    if (!template) {
      template = this.#makeTemplate(major);
      this.#templates.set(major, template);
    }
    return template;
  }

  async #makeTemplate(major: PostgresMajor): Promise<string> {
    const programs = await this.programs(major);
    const folder = await this.makeServerFolder();
    await DataDirectory.createTemplate(folder, programs);
    return folder;
  }

  /** Makes a folder for one server. */
  async makeServerFolder(): Promise<string> {
    const path = join(this.#path, `${++this.#servers}`);
    await Deno.mkdir(path);
    return path;
  }
}

/** A unix-domain socket's path may have about 100 bytes: TMPDIR may be too long. */
function shortRoot(): { dir?: string } {
  return (Deno.env.get("TMPDIR") ?? "").length > 60 ? { dir: "/tmp" } : {};
}

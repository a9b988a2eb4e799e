const HOST = "127.0.0.1";

/**
 * Finds nats-server in the PATH, or where Debian puts it.
 *
 * @returns The program; `null` if it is not on this machine.
 */
export async function findNatsServer(): Promise<string | null> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];
  for (const folder of folders) {
    const path = `${folder}/nats-server`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) {
      return path;
    }
  }
  return null;
}

/** A NATS server with JetStream in a folder of its own, which can be killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly #program: string;
  readonly #port: number;
  readonly #folder: string;
  #child: Deno.ChildProcess | null = null;

  private constructor(program: string, port: number, folder: string) {
    this.#program = program;
    this.#port = port;
    this.#folder = folder;
  }

  /**
   * Starts a server.
   *
   * @throws {Error} If there is no nats-server.
   */
  static async start(): Promise<NatsServer> {
    const program = await findNatsServer();
    if (program === null) {
      throw new Error(
        "Cannot start nats-server, which is not on this machine: install it (Debian: apt-get install nats-server)",
      );
    }
    const folder = await Deno.makeTempDir({ prefix: "walbrook-nats-" });
    const server = new NatsServer(program, freePort(), folder);
    await Deno.writeTextFile(
      `${folder}/nats.conf`,
      `listen: "${HOST}:${server.#port}"
jetstream { store_dir: "${folder}/js", max_mem: 64MB, max_file: 1GB }
`,
    );
    await server.start();
    return server;
  }

  /** Where it is. */
  get url(): string {
    return `nats://${HOST}:${this.#port}`;
  }

  /** Starts it again, and waits until it answers. */
  async start(): Promise<void> {
    const child = this.#child = new Deno.Command(this.#program, {
      args: ["-c", `${this.#folder}/nats.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let isOver = false;
    void child.status.then(() => isOver = true);
    while (!isOver) {
      if (await this.#answers()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`Cannot start nats-server on port ${this.#port}`);
  }

  // The first thing that a server says is what it can do.
  async #answers(): Promise<boolean> {
    try {
      using connection = await Deno.connect({
        hostname: HOST,
        port: this.#port,
      });
      const bytes = new Uint8Array(4_096);
      const length = await connection.read(bytes) ?? 0;
      const said = new TextDecoder().decode(bytes.subarray(0, length));
      return said.includes('"jetstream":true');
    } catch {
      return false;
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

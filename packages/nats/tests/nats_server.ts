import { connect, type NatsConnection } from "@nats-io/transport-node";

/** Where nats-server is; `null` if it is not on this machine. */
export const NATS_SERVER: string | null = await find("nats-server");

async function find(program: string): Promise<string | null> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];
  for (const folder of folders) {
    const path = `${folder}/${program}`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) {
      return path;
    }
  }
  return null;
}

/** A server with JetStream, which can be killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #child: Deno.ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** Starts a server in a folder of its own. */
  static async start(config: string = ""): Promise<NatsServer> {
    const folder = await Deno.makeTempDir({ prefix: "walbrook-nats-" });
    const server = new NatsServer(freePort(), folder);
    await Deno.writeTextFile(
      `${folder}/nats.conf`,
      `listen: "127.0.0.1:${server.port}"
jetstream { store_dir: "${folder}/js", max_mem: 64MB, max_file: 1GB }
${config}`,
    );
    await server.start();
    return server;
  }

  /** Where it is. */
  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, and waits until JetStream answers. */
  async start(): Promise<void> {
    this.#child = new Deno.Command(NATS_SERVER!, {
      args: ["-c", `${this.#folder}/nats.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let isOver = false;
    void this.#child.status.then(() => isOver = true);
    while (!isOver) {
      const answers = await this.#answers();
      if (answers) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`Cannot start nats-server on port ${this.port}`);
  }

  async #answers(): Promise<boolean> {
    let connection: NatsConnection | undefined;
    try {
      connection = await this.connect();
      await connection.request("$JS.API.INFO", "", { timeout: 1_000 });
      return true;
    } catch {
      return false;
    } finally {
      await connection?.close();
    }
  }

  /** Connects a client. */
  connect(): Promise<NatsConnection> {
    return connect({ servers: this.url, reconnect: false });
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
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

if (NATS_SERVER === null) {
  console.error(
    "SKIPPED: the tests of @walbrook/nats need nats-server, which is not on this machine (Debian: apt-get install nats-server)",
  );
}

const LONGEST_MS = 120_000;

// A test that waits for what never comes must not hold up all others.
async function within(ms: number, task: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done in ${ms} ms`)), ms);
  });
  await Promise.race([task, over]).finally(() => clearTimeout(timer));
}

/** Registers a test with a server, skipped where there is no nats-server. */
export function testOnNats(
  name: string,
  run: (server: NatsServer) => Promise<void>,
  config?: string,
): void {
  Deno.test({
    name: NATS_SERVER === null ? `${name} (skipped: no nats-server)` : name,
    ignore: NATS_SERVER === null,
    async fn() {
      await using server = await NatsServer.start(config);
      await within(LONGEST_MS, run(server));
    },
  });
}

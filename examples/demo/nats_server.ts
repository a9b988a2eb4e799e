import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const HOST = "127.0.0.1";
const TRIES = 20;

/**
 * Finds nats-server in the PATH, or where Debian puts it.
 *
 * @returns The program; `null` if it is not on this machine.
 */
export async function findNatsServer(): Promise<string | null> {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin"];
  for (const folder of folders) {
    const path = `${folder}/nats-server`;
    if (await stat(path).then((file) => file.isFile(), () => false)) {
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
  #child: ChildProcess | null = null;

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
    const folder = await mkdtemp(join(tmpdir(), "walbrook-nats-"));
    const server = new NatsServer(program, await freePort(), folder);
    await writeFile(
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
    // Somebody else may have the port for a while.
    for (let tries = 0; tries < TRIES; tries++) {
      const child = this.#child = spawn(
        this.#program,
        ["-c", `${this.#folder}/nats.conf`],
        { stdio: "ignore" },
      );
      while (!isOver(child)) {
        if (await this.#answers()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      // It was killed meanwhile.
      if (this.#child !== child) break;
      await new Promise((resolve) => setTimeout(resolve, 10 * tries));
    }
    throw new Error(`Cannot start nats-server on port ${this.#port}`);
  }

  // The first thing that a server says is what it can do.
  async #answers(): Promise<boolean> {
    const socket = connect({ host: HOST, port: this.#port });
    try {
      const signal = AbortSignal.timeout(1_000);
      const [said] = await once(socket, "data", { signal });
      return String(said).includes('"jetstream":true');
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || isOver(child)) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function freePort(): Promise<number> {
  const listener = createServer();
  listener.listen(0, HOST);
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return port;
}

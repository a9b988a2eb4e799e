import { authentication, LOGIN_END } from "../helpers/messages.ts";
import type { Certificate } from "../login/certificates.ts";
import type { PeerPorts } from "./conformance/context.ts";

const HOST = "127.0.0.1";
const FLOOD = 64 * 2 ** 20;
const HALT_MS = 300;
const RECORDS = 1000;

type Serve = (connection: Deno.Conn) => Promise<void>;

/** Servers that are not PostgreSQL, each with one habit; see {@linkcode PeerPorts}. */
export class Peers implements AsyncDisposable {
  readonly #listeners: (Deno.TcpListener | Deno.TlsListener)[] = [];
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>[] = [];
  #flooded = 0;
  #recorded = Promise.withResolvers<void>();
  #full: Disposable | undefined;

  /**
   * Starts them all.
   *
   * @param untrusted The certificate for the peer that speaks TLS.
   */
  async start(untrusted: Certificate): Promise<PeerPorts> {
    const full = Deno.build.os === "linux" ? await fullListener() : undefined;
    this.#full = full;
    return {
      flood: this.#listen((connection) => this.#flood(connection)),
      flooded: this.#listen((connection) => this.#tellFlooded(connection)),
      silent: this.#listen(() => Promise.resolve()),
      handshake: this.#listen(agreeToTls),
      hasty: this.#listen((connection) => agreeToTls(connection, WELCOME)),
      plain: this.#listen(async (connection) => {
        await agreeToTls(connection);
        await connection.read(new Uint8Array(1)); // of a handshake
        await connection.write(WELCOME);
      }),
      untrusted: this.#serve(listenTls(untrusted), countBytes),
      records: this.#serve(
        listenTls(untrusted),
        (connection) => this.#record(connection),
      ),
      recorded: this.#listen((connection) => this.#tellRecorded(connection)),
      count: this.#listen(countBytes),
      full: full?.port ?? 0,
      closed: closedPort(),
    };
  }

  #listen(serve: Serve): number {
    return this.#serve(Deno.listen({ hostname: HOST, port: 0 }), serve);
  }

  #serve(listener: Deno.TcpListener | Deno.TlsListener, serve: Serve): number {
    this.#listeners.push(listener);
    this.#serving.push((async () => {
      for await (const connection of listener) {
        this.#connections.add(connection);
        // A client that leaves is no concern here.
        this.#serving.push(serve(connection).catch(() => {}));
      }
    })());
    return listener.addr.port;
  }

  async #flood(connection: Deno.Conn): Promise<void> {
    const chunk = new Uint8Array(65_536);
    for (this.#flooded = 0; this.#flooded < FLOOD;) {
      this.#flooded += await connection.write(chunk);
    }
  }

  async #tellFlooded(connection: Deno.Conn): Promise<void> {
    for (let last = -1; last !== this.#flooded;) {
      last = this.#flooded;
      await new Promise((resolve) => setTimeout(resolve, HALT_MS));
    }
    await connection.write(new TextEncoder().encode(`${this.#flooded}`));
    await connection.closeWrite();
  }

  async #record(connection: Deno.Conn): Promise<void> {
    this.#recorded = Promise.withResolvers();
    const record = new Uint8Array(40);
    for (let i = 0; i < RECORDS; i++) await connection.write(record);
    this.#recorded.resolve();
  }

  async #tellRecorded(connection: Deno.Conn): Promise<void> {
    await this.#recorded.promise;
    await connection.write(new TextEncoder().encode(`${RECORDS}`));
    await connection.closeWrite();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch {
        // The client has closed it, and a failed write has noticed.
      }
    }
    await Promise.all(this.#serving);
    this.#full?.[Symbol.dispose]();
  }
}

const WELCOME = Uint8Array.from([...authentication(0), ...LOGIN_END]);

function listenTls({ certificate: cert, key }: Certificate): Deno.TlsListener {
  const alpnProtocols = ["postgresql"];
  return Deno.listenTls({ hostname: HOST, port: 0, cert, key, alpnProtocols });
}

async function agreeToTls(
  connection: Deno.Conn,
  behind = new Uint8Array(0),
): Promise<void> {
  await connection.read(new Uint8Array(8)); // SSLRequest
  await connection.write(Uint8Array.of(0x53, ...behind));
}

async function countBytes(connection: Deno.Conn): Promise<void> {
  let count = 0;
  const chunk = new Uint8Array(65_536);
  for (let n; (n = await connection.read(chunk)) !== null;) count += n;
  await connection.write(new TextEncoder().encode(`${count}`));
  await connection.closeWrite();
}

function closedPort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

// Listens and never accepts; its queue of one is full, and Linux then lets a connection
// wait. (It takes one more than the queue is long.)
async function fullListener(): Promise<Disposable & { port: number }> {
  const listener = Deno.listen({ hostname: HOST, port: 0, tcpBacklog: 1 });
  const { port } = listener.addr;
  const held = [
    await Deno.connect({ hostname: HOST, port }),
    await Deno.connect({ hostname: HOST, port }),
  ];
  return {
    port,
    [Symbol.dispose]() {
      for (const connection of held) connection.close();
      listener.close();
    },
  };
}

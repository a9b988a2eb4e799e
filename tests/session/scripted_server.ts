import { concat } from "@std/bytes";

/** A server's side of one connection, to be played by a test. */
export class ScriptedPeer {
  readonly #connection: Deno.Conn;
  #received: Uint8Array = new Uint8Array(0);
  readonly #stalled: () => void;

  constructor(connection: Deno.Conn, stalled: () => void) {
    this.#connection = connection;
    this.#stalled = stalled;
  }

  /** Reads a packet without a type byte: SSLRequest, StartupMessage … */
  async readPacket(): Promise<Uint8Array> {
    const length = new DataView((await this.#take(4)).slice().buffer);
    return await this.#take(length.getInt32(0) - 4);
  }

  /** Reads a message with a type byte; its body. */
  async readMessage(): Promise<Uint8Array> {
    await this.#take(1);
    return await this.readPacket();
  }

  /** Reads the TLS record that a client begins its handshake with. */
  async readClientHello(): Promise<void> {
    const header = await this.#take(5);
    await this.#take(new DataView(header.slice().buffer).getUint16(3));
  }

  /** Sends bytes. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    const bytes = concat(parts);
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** Sends nothing more, and tells the test so, until the client hangs up. */
  async stall(): Promise<void> {
    this.#stalled();
    await this.untilClosed();
  }

  /** Waits for the client to close its side. */
  async untilClosed(): Promise<void> {
    try {
      const rest = new Uint8Array(1024);
      while (await this.#connection.read(rest) !== null);
    } catch (error) {
      if (!isLeaving(error)) throw error;
    }
  }

  async #take(length: number): Promise<Uint8Array> {
    while (this.#received.length < length) {
      const chunk = new Uint8Array(4096);
      const count = await this.#connection.read(chunk);
      if (count === null) throw new ClientGone();
      this.#received = concat([this.#received, chunk.subarray(0, count)]);
    }
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }
}

class ClientGone extends Error {}

// A client that hangs up with something unread; Windows has another name for it.
function isLeaving(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}

/** What a test gets of a scripted server. */
export interface ScriptedServer {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Settles when a script has come to {@linkcode ScriptedPeer.stall}. */
  readonly stalled: Promise<void>;
  /** How many connections there have been. */
  connections(): number;
}

/**
 * Plays a server for the time of a function, and makes sure afterwards that the
 * client has closed every connection whose script waits for it.
 *
 * @param script What to do on each connection, told its number from 0; the
 * connection is closed after it.
 * @param run What to do with the server.
 */
export async function withScriptedServer<T>(
  script: (peer: ScriptedPeer, index: number) => Promise<void>,
  run: (server: ScriptedServer) => Promise<T>,
): Promise<T> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { promise: stalled, resolve } = Promise.withResolvers<void>();
  const plays: Play[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      const peer = new ScriptedPeer(connection, resolve);
      plays.push(new Play(connection, script(peer, plays.length)));
    }
  })();
  try {
    const result = await run({
      port: listener.addr.port,
      stalled,
      connections: () => plays.length,
    });
    await within(LEAVING_MS, Promise.all(plays.map(({ ended }) => ended)));
    return result;
  } finally {
    listener.close();
    for (const play of plays) play.stop();
    await accepting;
    await Promise.all(plays.map(({ ended }) => ended));
  }
}

// Far more than a client needs to hang up: only a leak takes longer.
const LEAVING_MS = 60_000;

async function within(ms: number, ending: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const error = new Error("The client has left a connection open");
  const timer = setTimeout(() => reject(error), ms);
  await Promise.race([ending, late]).finally(() => clearTimeout(timer));
}

class Play {
  readonly ended: Promise<void>;
  readonly #connection: Deno.Conn;
  #isOpen = true;

  constructor(connection: Deno.Conn, script: Promise<void>) {
    this.#connection = connection;
    this.ended = this.#play(script);
  }

  stop(): void {
    if (this.#isOpen) this.#connection.close();
    this.#isOpen = false;
  }

  async #play(script: Promise<void>): Promise<void> {
    try {
      await script;
    } catch (error) {
      const isExpected = !this.#isOpen || error instanceof ClientGone ||
        isLeaving(error);
      if (!isExpected) throw error;
    } finally {
      this.stop();
    }
  }
}

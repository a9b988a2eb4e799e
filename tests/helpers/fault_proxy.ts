import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way that bytes take. */
export type Direction = "fromServer" | "fromClient";

/** The faults of one connection; none by default. */
export interface Fault {
  /** Cut the link once exactly this many bytes of the server have been passed on. */
  readonly cutAfterServerBytes?: number;
  /**
   * Cut the link once exactly this many messages of the server have been passed on,
   * each a type byte and a length. Not for links with TLS.
   */
  readonly cutAfterServerFrames?: number;
  /** Cut the link once exactly this many bytes of the client have been passed on. */
  readonly cutAfterClientBytes?: number;
  /**
   * How the client learns of the cut: by the end of the stream, or by a reset, which
   * may also take bytes away that were passed on but not read yet.
   *
   * @default {"close"}
   */
  readonly cutBy?: "close" | "reset";
  /** Hold each piece back for this long, in milliseconds. */
  readonly delayMs?: number;
  /** Pass on the server's bytes in pieces of at most this size. */
  readonly segmentBytes?: number;
  /** Wait for so long between two pieces of that size, in milliseconds. */
  readonly segmentPauseMs?: number;
  /** Pass on the server's bytes in pieces of at least this size, but for the last. */
  readonly mergeBytes?: number;
  /**
   * Pass on what was merged after a pause of the server this long, in milliseconds.
   *
   * @default {5}
   */
  readonly mergeMs?: number;
}

/** The record of one connection, during and after it. */
export interface ProxiedConnection {
  /** Its number, from 0. */
  readonly index: number;
  /** How many bytes were passed on to the client. */
  readonly serverBytes: number;
  /** How many bytes were passed on to the server. */
  readonly clientBytes: number;
  /** Where each whole message of the server ended, in bytes from the first. */
  readonly frameEnds: readonly number[];
  /** How many of the messages came before the stream: up to CopyBothResponse, or -1. */
  readonly framesBeforeStream: number;
  /** Whether the proxy has cut it. */
  readonly cut: boolean;
}

/** Options for {@linkcode startFaultProxy}. */
export interface FaultProxyOptions {
  /** Says what is to go wrong on a connection, when it is made. */
  readonly fault?: (index: number) => Fault;
}

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** All connections so far. */
  readonly connections: readonly ProxiedConnection[];
  /** How many of them the proxy has cut. */
  readonly cuts: number;
  /** Cuts those which are open, now. */
  cutAll(by?: "close" | "reset"): void;
  /**
   * Makes those which are open pass on nothing more, without a sign of it. The bytes
   * wait, as they would for a router to come back.
   */
  blackHole(...directions: readonly Direction[]): void;
  /** Ends all black holes: what waited is passed on. */
  heal(): void;
}

const HOST = "127.0.0.1";

/**
 * Starts a TCP proxy on 127.0.0.1 that does to a link what networks do.
 *
 * @param target The server's port on 127.0.0.1, or its URL.
 * @param options What goes wrong.
 */
export async function startFaultProxy(
  target: number | string,
  options: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const port = typeof target === "number"
    ? target
    : Number(new URL(target).port);
  const links: Link[] = [];
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const index = links.length;
    const server = connect({ host: HOST, port, allowHalfOpen: true });
    links.push(new Link(index, { client, server }, options.fault?.(index)));
  });
  listener.listen(0, HOST);
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    connections: links,
    get cuts() {
      return links.filter((link) => link.cut).length;
    },
    cutAll: (by) => links.forEach((link) => link.cutNow(by)),
    blackHole: (...ways) => links.forEach((link) => link.blackHole(ways)),
    heal: () => links.forEach((link) => link.heal()),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => listener.close(resolve));
      await Promise.all(links.map((link) => link.end()));
      await closed;
    },
  };
}

/**
 * Returns the URL of a server behind a proxy, without TLS, which would hide messages from the
 * proxy.
 */
export function throughProxy(url: string, proxy: FaultProxy): string {
  const seen = new URL(url);
  seen.port = `${proxy.port}`;
  seen.searchParams.set("sslmode", "disable");
  return seen.href;
}

interface Ends {
  readonly client: Socket;
  readonly server: Socket;
}

class Link implements ProxiedConnection {
  readonly index: number;
  readonly frameEnds: number[] = [];
  framesBeforeStream = -1;
  serverBytes = 0;
  clientBytes = 0;
  cut = false;
  readonly #ends: Ends;
  readonly #fault: Fault;
  readonly #frames = new FrameCounter();
  readonly #holes = new Map<Direction, PromiseWithResolvers<void>>();
  readonly #ended: Promise<unknown>;
  #merged: Uint8Array = new Uint8Array(0);
  #mergeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(index: number, ends: Ends, fault: Fault = {}) {
    this.index = index;
    this.#ends = ends;
    this.#fault = fault;
    const { client, server } = ends;
    for (const end of [client, server]) {
      end.setNoDelay(true);
      end.on("error", () => {});
    }
    this.#ended = Promise.all([closed(client), closed(server)]);
    this.#pump("fromServer", server, client);
    this.#pump("fromClient", client, server);
  }

  blackHole(ways: readonly Direction[]): void {
    for (const way of ways) {
      if (!this.#holes.has(way)) this.#holes.set(way, Promise.withResolvers());
    }
  }

  heal(): void {
    for (const hole of this.#holes.values()) hole.resolve();
    this.#holes.clear();
  }

  cutNow(by: "close" | "reset" = "close"): void {
    const { client, server } = this.#ends;
    if (this.cut || client.destroyed) return;
    this.cut = true;
    server.destroy();
    if (by === "reset") client.resetAndDestroy();
    // The client's end stays open for reading: with bytes unread, closing it would be
    // a reset, and would take back what was passed on.
    else client.end();
  }

  async end(): Promise<void> {
    this.heal();
    this.#ends.client.destroy();
    this.#ends.server.destroy();
    await this.#ended;
    clearTimeout(this.#mergeTimer);
  }

  #pump(way: Direction, from: Socket, to: Socket): void {
    let last: Promise<void> = Promise.resolve();
    from.on("data", (chunk: Uint8Array) => {
      from.pause();
      last = this.#pass(way, chunk, to).then(() => void from.resume());
    });
    from.on("end", async () => {
      await last;
      await this.#holes.get(way)?.promise;
      if (way === "fromServer") await this.#flush(to);
      if (!to.destroyed) to.end();
      // A client that has left is gone as a whole, as a closed socket is.
      if (way === "fromClient") from.destroy();
    });
    from.on("close", async () => {
      // Also after an error, which has no "end".
      await this.#holes.get(way)?.promise;
      if (way === "fromClient" || from.errored) to.destroySoon();
    });
  }

  async #pass(way: Direction, chunk: Uint8Array, to: Socket): Promise<void> {
    const { delayMs = 0 } = this.#fault;
    if (delayMs > 0) await sleep(delayMs);
    await this.#holes.get(way)?.promise;
    // What comes after a cut is read, and dropped.
    if (this.cut || to.destroyed) return;
    if (way === "fromServer") return await this.#passToClient(chunk, to);
    const room = (this.#fault.cutAfterClientBytes ?? Infinity) -
      this.clientBytes;
    const part = chunk.subarray(0, room);
    this.clientBytes += part.length;
    await write(to, part);
    if (part.length === room) this.cutNow(this.#fault.cutBy);
  }

  async #passToClient(chunk: Uint8Array, to: Socket): Promise<void> {
    const { segmentBytes = Infinity, segmentPauseMs = 0, mergeBytes = 0 } =
      this.#fault;
    const start = this.serverBytes;
    const part = chunk.subarray(0, this.#room(chunk));
    this.serverBytes += part.length;
    if (mergeBytes > 0) await this.#merge(part, mergeBytes, to);
    else {
      for (let at = 0; at < part.length; at += segmentBytes) {
        if (at > 0 && segmentPauseMs > 0) await sleep(segmentPauseMs);
        await write(to, part.subarray(at, at + segmentBytes));
      }
    }
    for (const { end, type } of this.#frames.take(part, start)) {
      this.frameEnds.push(end);
      if (type === CopyBothResponse) {
        this.framesBeforeStream = this.frameEnds.length;
      }
    }
    if (this.#isAtCut) {
      await this.#flush(to);
      this.cutNow(this.#fault.cutBy);
    }
  }

  get #isAtCut(): boolean {
    const { cutAfterServerBytes, cutAfterServerFrames } = this.#fault;
    return this.serverBytes === cutAfterServerBytes ||
      this.frameEnds.length === cutAfterServerFrames;
  }

  // How many of these bytes may pass.
  #room(chunk: Uint8Array): number {
    const {
      cutAfterServerBytes = Infinity,
      cutAfterServerFrames = Infinity,
    } = this.#fault;
    const frames = this.#frames.copy().take(chunk, this.serverBytes);
    const last = frames[cutAfterServerFrames - this.frameEnds.length - 1];
    return Math.min(cutAfterServerBytes, last?.end ?? Infinity) -
      this.serverBytes;
  }

  async #merge(part: Uint8Array, least: number, to: Socket): Promise<void> {
    const merged = new Uint8Array(this.#merged.length + part.length);
    merged.set(this.#merged);
    merged.set(part, this.#merged.length);
    this.#merged = merged;
    if (merged.length >= least) return await this.#flush(to);
    // The server has paused: nothing more will come before it is answered.
    clearTimeout(this.#mergeTimer);
    const { mergeMs = 5 } = this.#fault;
    this.#mergeTimer = setTimeout(() => void this.#flush(to), mergeMs);
  }

  async #flush(to: Socket): Promise<void> {
    clearTimeout(this.#mergeTimer);
    const merged = this.#merged;
    this.#merged = new Uint8Array(0);
    if (merged.length > 0 && !to.destroyed) await write(to, merged);
  }
}

const CopyBothResponse = 0x57; // W

/** Follows the messages in a stream of bytes that is torn anywhere. */
class FrameCounter {
  #header: number[] = [];
  #bodyLeft = 0;

  copy(): FrameCounter {
    const copy = new FrameCounter();
    copy.#header = [...this.#header];
    copy.#bodyLeft = this.#bodyLeft;
    return copy;
  }

  take(chunk: Uint8Array, start: number): { end: number; type: number }[] {
    const found: { end: number; type: number }[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#header.length < 5) {
        this.#header.push(chunk[at++]!);
        if (this.#header.length < 5) continue;
        const [, a = 0, b = 0, c = 0, d = 0] = this.#header;
        this.#bodyLeft = ((a << 24) | (b << 16) | (c << 8) | d) - 4;
      } else {
        const step = Math.min(this.#bodyLeft, chunk.length - at);
        at += step;
        this.#bodyLeft -= step;
      }
      if (this.#bodyLeft === 0) {
        found.push({ end: start + at, type: this.#header[0]! });
        this.#header = [];
      }
    }
    return found;
  }
}

function write(to: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise<void>((resolve) => {
    // A peer that has left shows as the end of the other direction.
    function done(): void {
      to.off("close", done);
      resolve();
    }
    to.on("close", done);
    to.write(bytes, done);
  });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

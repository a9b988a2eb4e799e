import type { Connection } from "./net_socket.ts";
import type { DialOptions, SocketAddress } from "./socket.ts";

/** The part of a socket of `Bun.connect()` in use. */
interface BunSocket {
  /** Returns how many bytes the system has accepted; -1 if the connection is closed. */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  shutdown(): void;
  close(): void;
  setNoDelay(isOn: boolean): unknown;
  setKeepAlive(isOn: boolean, idleMs?: number): unknown;
}

interface BunHandlers {
  open(socket: BunSocket): void;
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain(socket: BunSocket): void;
  end(socket: BunSocket): void;
  error(socket: BunSocket, error: Error): void;
  close(socket: BunSocket, error?: Error): void;
}

interface BunGlobals {
  readonly Bun: {
    connect(
      options:
        & { readonly socket: BunHandlers }
        & (
          | { readonly hostname: string; readonly port: number }
          | { readonly unix: string }
        ),
    ): Promise<unknown>;
  };
}

interface PendingWrite {
  readonly rest: Uint8Array;
  readonly done: (error?: Error | null) => void;
}

/** A connection of `Bun.connect()`, with the methods and events of one of `node:net`. */
export class BunConnection implements Connection {
  readonly #listeners = new Map<string, ((argument: unknown) => void)[]>();
  #socket: BunSocket | null = null;
  #isPaused = false;
  #isGone = false;
  #pending: PendingWrite | null = null;

  /**
   * Connects.
   *
   * @param address The address.
   * @param options The keep-alive settings.
   */
  constructor(address: SocketAddress, options: DialOptions) {
    const { Bun } = globalThis as unknown as BunGlobals;
    const target = address.transport === "unix"
      ? { unix: address.path }
      : { hostname: address.hostname, port: address.port };
    Bun.connect({ ...target, socket: this.#handlers(address, options) })
      .catch((error) => this.#fail(withAddress(error, address)));
  }

  on(event: string, listener: (argument: unknown) => void): void {
    const listeners = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...listeners, listener]);
  }

  removeAllListeners(event: string): void {
    this.#listeners.delete(event);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  write(chunk: Uint8Array, done: (error?: Error | null) => void): void {
    this.#pending = { rest: chunk, done };
    this.#flush();
  }

  end(done: () => void): void {
    this.#socket?.shutdown();
    done();
  }

  destroy(): void {
    this.#socket?.close();
    this.#finish();
  }

  #handlers(
    { transport }: SocketAddress,
    { keepAlive = true, keepAliveIdleMs }: DialOptions,
  ): BunHandlers {
    return {
      open: (socket) => {
        // It can't be closed while it connects.
        if (this.#isGone) return socket.close();
        this.#socket = socket;
        if (transport === "tcp") {
          socket.setNoDelay(true);
          if (keepAlive) socket.setKeepAlive(true, keepAliveIdleMs);
        }
        if (this.#isPaused) socket.pause();
        this.#emit("connect");
      },
      data: (_, bytes) => this.#emit("data", bytes),
      drain: () => this.#flush(),
      end: () => this.#emit("end"),
      error: (_, error) => this.#fail(error),
      close: (_, error) => error ? this.#fail(error) : this.#finish(),
    };
  }

  // Writes as much as the system accepts: the rest follows when it accepts more.
  #flush(): void {
    const pending = this.#pending;
    if (pending === null) return;
    const { rest, done } = pending;
    const length = this.#isGone ? -1 : this.#socket?.write(rest) ?? 0;
    if (length >= 0 && length < rest.length) {
      this.#pending = { rest: rest.subarray(length), done };
      return;
    }
    this.#pending = null;
    done(length < 0 ? new Error("the connection was closed") : null);
  }

  #fail(error: Error): void {
    if (this.#isGone) return;
    this.#emit("error", error);
    this.destroy();
  }

  #finish(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#flush();
    this.#emit("close");
  }

  #emit(event: string, argument?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(argument);
  }
}

// Bun says only that it failed to connect.
function withAddress(error: Error, address: SocketAddress): Error {
  const { code } = error as { readonly code?: unknown };
  if (error.message !== "Failed to connect" || code === undefined) return error;
  const to = address.transport === "unix"
    ? address.path
    : `${address.hostname}:${address.port}`;
  return Object.assign(new Error(`connect ${code} ${to}`), { code });
}

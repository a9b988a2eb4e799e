import { TimerTurns } from "./timer_turns.ts";

/** The reading side of a connection. */
export class ConnectionReads {
  readonly #connection: Deno.Conn;
  readonly #turns = new TimerTurns();

  /** @param connection The connection to read from. */
  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /**
   * Reads, after letting pending timers run: `Deno.Conn.read()` does not yield to the event
   * loop if bytes are ready.
   *
   * @param space The buffer to read into.
   * @returns How many bytes were read; `null` at the end.
   */
  read(space: Uint8Array): Promise<number | null> {
    const turn = this.#turns.due(performance.now());
    return turn === null
      ? this.#connection.read(space)
      : turn.then(() => this.#connection.read(space));
  }

  /** Stops the timer. Call it when the connection is closed. */
  stop(): void {
    this.#turns.stop();
  }
}

/**
 * Writes all bytes, with as many system calls as necessary.
 *
 * @param connection The connection to write to.
 * @param bytes The bytes to write.
 */
export async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

/** Closes a connection that may be closed already. */
export function closeOnce(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

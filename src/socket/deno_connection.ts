import { TimerTurns } from "./timer_turns.ts";

/** The reading side of a connection. */
export class ConnectionReads {
  readonly #connection: Deno.Conn;
  readonly #turns = new TimerTurns();

  /** @param connection What to read from. */
  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /**
   * Reads, and lets timers have their turn before: `Deno.Conn.read()` takes none of the
   * event loop's where bytes are ready.
   *
   * @param space Where to read to.
   * @returns How many bytes were read; `null` at the end.
   */
  async read(space: Uint8Array): Promise<number | null> {
    const turn = this.#turns.due(performance.now());
    if (turn !== null) await turn;
    return await this.#connection.read(space);
  }

  /** Leaves no timer behind. To be called when the connection is closed. */
  stop(): void {
    this.#turns.stop();
  }
}

/**
 * Writes all of the bytes, however many system calls that takes.
 *
 * @param connection Where to write.
 * @param bytes What to write.
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

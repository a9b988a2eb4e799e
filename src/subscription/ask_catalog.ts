import { ConnectionError, type PostgresErrorFields } from "../errors.ts";
import type { ConnectionSettings } from "../session/connection_options.ts";
import { openSession } from "../session/open_session.ts";
import type { Dial } from "../socket/socket.ts";

/** Long enough for a login and a query, short enough for a stream that waits. */
const DEADLINE_MS = 10_000;

/** Whom to ask, and how. */
export interface AskCatalogOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where and as whom: at each question where the stream comes from then. */
  readonly settings: () => ConnectionSettings;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told of every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
}

/**
 * Asks the catalog, on a connection for this question alone.
 *
 * @param query The question.
 * @param options Whom to ask.
 * @returns The rows of its last result.
 * @throws {PostgresError} If the server refuses.
 * @throws {ConnectionError} If it can't be reached, or does not answer in time.
 */
export async function askCatalog(
  query: string,
  options: AskCatalogOptions,
): Promise<readonly (readonly (string | null)[])[]> {
  options.signal.throwIfAborted();
  const stop = new AbortController();
  const abort = () => stop.abort(options.signal.reason);
  options.signal.addEventListener("abort", abort);
  const timer = setTimeout(() => stop.abort(tooLate()), DEADLINE_MS);
  try {
    return await ask(query, { ...options, signal: stop.signal });
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", abort);
  }
}

async function ask(
  query: string,
  { dial, settings, signal, onNotice }: AskCatalogOptions,
): Promise<readonly (readonly (string | null)[])[]> {
  const session = await openSession({
    dial,
    settings: settings(),
    replication: undefined,
    signal,
    onNotice,
  });
  try {
    const results = await session.query(query, { signal });
    return results.at(-1)?.rows ?? [];
  } finally {
    await session.close();
  }
}

function tooLate(): ConnectionError {
  return new ConnectionError(
    `The server has not answered from its catalog within ${
      DEADLINE_MS / 1000
    } s`,
  );
}

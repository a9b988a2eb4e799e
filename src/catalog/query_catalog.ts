import { ConnectionError, type PostgresErrorFields } from "../errors.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { PINNED_IN_OPTIONS } from "../connection/session_parameters.ts";
import { withDeadline } from "../deadline.ts";
import { openSession } from "../session/open_session.ts";
import type { Dial } from "../socket/socket.ts";

// For a pooler that drops the settings of StartupMessage. It ends with the query, since a
// connection that is shared out by transactions belongs to others next.
const PIN_SEARCH_PATH =
  `SELECT pg_catalog.set_config('search_path', '${PINNED_IN_OPTIONS.search_path}', true);`;

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
  /** Called with every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /**
   * How long to wait for the answer, in milliseconds.
   *
   * @default {10_000}
   */
  readonly deadlineMs?: number;
}

/** The rows of a result. */
export type CatalogRows = readonly (readonly (string | null)[])[];

/** Asks one question of the catalog, and gives the rows of its last result. */
export type Ask = (query: string) => Promise<CatalogRows>;

/**
 * Asks the catalog, on a connection for this question alone.
 *
 * @param query The question.
 * @param options Whom to ask.
 * @returns The rows of its last result.
 * @throws {PostgresError} If the server refuses.
 * @throws {ConnectionError} If it can't be reached, or does not answer in time.
 */
export async function queryCatalog(
  query: string,
  options: AskCatalogOptions,
): Promise<CatalogRows> {
  return await withCatalog(options, (ask) => ask(query));
}

/**
 * Asks the catalog several questions, on a connection for these alone.
 *
 * @param options Whom to ask.
 * @param run Asks. It also gets what the server reports at login.
 * @returns What `run` returned.
 * @throws {PostgresError} If the server refuses.
 * @throws {ConnectionError} If it can't be reached, or does not answer in time.
 */
export async function withCatalog<T>(
  options: AskCatalogOptions,
  run: (ask: Ask, parameters: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const { signal, deadlineMs: timeoutMs = DEADLINE_MS } = options;
  const timeoutError = () => tooLate(timeoutMs);
  return await withDeadline(
    { signal, timeoutMs, timeoutError },
    (signal) => onOneSession({ ...options, signal }, run),
  );
}

async function onOneSession<T>(
  { dial, settings, signal, onNotice }: AskCatalogOptions,
  run: (ask: Ask, parameters: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  const session = await openSession({
    dial,
    settings: settings(),
    replication: undefined,
    signal,
    onNotice,
  });
  // A server that can't be reached any more does not hear that it is to cancel either.
  const close = () => void session.close();
  signal.addEventListener("abort", close);
  try {
    return await run(async (query) => {
      const pinned = `${PIN_SEARCH_PATH}${query}`;
      const results = await session.query(pinned, { signal });
      return results.at(-1)?.rows ?? [];
    }, session.parameters);
  } finally {
    signal.removeEventListener("abort", close);
    await session.close();
  }
}

function tooLate(timeoutMs: number): ConnectionError {
  return new ConnectionError(
    `The server has not answered from its catalog within ${timeoutMs / 1000} s`,
  );
}

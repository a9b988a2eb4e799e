import { ConnectionError, type PostgresErrorFields } from "../errors.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { PINNED_IN_OPTIONS } from "../connection/session_parameters.ts";
import { withDeadline } from "../deadline.ts";
import { openSession } from "../session/open_session.ts";
import type { Dial } from "../socket/socket.ts";

// For poolers that drop the settings of StartupMessage. The setting ends with the query,
// since a connection shared by transactions serves other clients next.
const PIN_SEARCH_PATH =
  `SELECT pg_catalog.set_config('search_path', '${PINNED_IN_OPTIONS.search_path}', true);`;

/** Long enough for a login and a query, short enough for a stream that waits for it. */
const DEADLINE_MS = 10_000;

/** The server to query, and how. */
export interface AskCatalogOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server and the credentials: at each query those of the stream at that time. */
  readonly settings: () => ConnectionSettings;
  /** Aborts the query. */
  readonly signal: AbortSignal;
  /** Called with every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /**
   * The timeout, in milliseconds.
   *
   * @default {10_000}
   */
  readonly deadlineMs?: number;
}

/** The rows of a result. */
export type CatalogRows = readonly (readonly (string | null)[])[];

/** Runs one query on the catalog, and returns the rows of its last result. */
export type Ask = (query: string) => Promise<CatalogRows>;

/**
 * Queries the catalog, over a connection for this query only.
 *
 * @param query The query.
 * @param options The server to query.
 * @returns The rows of its last result.
 * @throws {PostgresError} If the server rejects the query.
 * @throws {ConnectionError} If it can't be reached, or does not answer in time.
 */
export async function queryCatalog(
  query: string,
  options: AskCatalogOptions,
): Promise<CatalogRows> {
  return await withCatalog(options, (ask) => ask(query));
}

/**
 * Runs several queries on the catalog, over one connection for these queries only.
 *
 * @param options The server to query.
 * @param run Runs the queries. It also gets the parameters reported at login.
 * @returns The result of `run`.
 * @throws {PostgresError} If the server rejects a query.
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
  // If the server is unreachable, a cancel request would not reach it either.
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

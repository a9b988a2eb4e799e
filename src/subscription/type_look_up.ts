import { ConnectionError, type PostgresErrorFields } from "../errors.ts";
import type { ConnectionSettings } from "../session/connection_options.ts";
import { openSession } from "../session/open_session.ts";
import type { Dial } from "../socket/socket.ts";
import type { TypeDescription } from "../values/type_description.ts";
import type { LookUpTypes } from "./column_types.ts";
import { readTypeRow, typeQuery } from "./type_query.ts";

/** Long enough for a login and a query, short enough for a stream that waits. */
const DEADLINE_MS = 10_000;

/** Where to look types up. */
export interface TypeLookUpOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where and as whom. */
  readonly settings: ConnectionSettings;
  /** The publications whose tables' types to look up, too, at the first time. */
  readonly publications: readonly string[];
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told of every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
}

/**
 * Makes the function that asks the catalog about types, each time on a connection of its
 * own, since the one that streams takes no queries. It is an ordinary one, of which a
 * server has more to spare than of those for replication.
 */
export function typeLookUp(options: TypeLookUpOptions): LookUpTypes {
  return async (typeOids) => {
    options.signal.throwIfAborted();
    const stop = new AbortController();
    const abort = () => stop.abort(options.signal.reason);
    options.signal.addEventListener("abort", abort);
    const timer = setTimeout(() => stop.abort(tooLate()), DEADLINE_MS);
    try {
      return await ask({ ...options, signal: stop.signal }, typeOids);
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", abort);
    }
  };
}

async function ask(
  options: TypeLookUpOptions,
  typeOids: readonly number[],
): Promise<TypeDescription[]> {
  const { dial, settings, publications, signal, onNotice } = options;
  const session = await openSession({
    dial,
    settings,
    replication: undefined,
    signal,
    onNotice,
  });
  try {
    const results = await session.query(typeQuery(typeOids, publications), {
      signal,
    });
    return (results.at(-1)?.rows ?? []).flatMap(readTypeRow);
  } finally {
    await session.close();
  }
}

function tooLate(): ConnectionError {
  return new ConnectionError(
    `The server has not told what the types are within ${DEADLINE_MS / 1000} s`,
  );
}

import { ConnectionError, PostgresError } from "../errors.ts";
import * as SQLSTATE from "../sqlstate.ts";
import {
  reachOneServer,
  type ReachOptions,
  type UseAttempt,
} from "./reach_one_server.ts";

/**
 * Connects to the first suitable one of several servers, in the order given or, with
 * `load_balance_hosts=random`, in a new random order.
 *
 * @param options How to connect.
 * @param use Uses the connection.
 * @returns What `use` returns; the connection then stays open.
 */
export async function connectToAny<T>(
  options: ReachOptions,
  use: UseAttempt<T>,
): Promise<T> {
  const { targets, loadBalanceHosts } = options.settings;
  const failures: Error[] = [];
  for (const target of loadBalanceHosts ? shuffle(targets) : targets) {
    try {
      return await reachOneServer(target, options, use);
    } catch (error) {
      if (options.signal?.aborted || !mayTryNext(error)) throw error;
      failures.push(error);
    }
  }
  throw new ConnectionError(
    `Cannot connect to any of ${failures.length} servers: ${
      failures.map(({ message }) => message).join("; ")
    }`,
    { cause: new AggregateError(failures) },
  );
}

function mayTryNext(error: unknown): error is Error {
  return error instanceof ConnectionError ||
    error instanceof PostgresError &&
      error.code === SQLSTATE.CANNOT_CONNECT_NOW;
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

import {
  reachOneServer,
  type ReachOptions,
  type UseAttempt,
} from "./reach_one_server.ts";

/**
 * Connects to the server, or to the first suitable one of several.
 *
 * Tries the next server if one can't be reached, disconnects, takes too long, is starting up
 * or shutting down, or is not of the kind that `target_session_attrs` requires. A server that
 * rejects the login, or whose certificate is wrong, ends the search.
 *
 * Source: the manual, "Specifying Multiple Hosts".
 *
 * @param options How to connect.
 * @param use Uses the connection.
 * @returns What `use` returns; the connection then stays open.
 */
export async function reachServer<T>(
  options: ReachOptions,
  use: UseAttempt<T>,
): Promise<T> {
  const [target, ...others] = options.settings.targets;
  if (others.length === 0) return await reachOneServer(target, options, use);
  const { connectToAny } = await import("./several_hosts.ts");
  return await connectToAny(options, use);
}

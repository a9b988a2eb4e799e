import {
  reachOneServer,
  type ReachOptions,
  type UseAttempt,
} from "./reach_one_server.ts";

/**
 * Connects to the server, or to the first of several that will do.
 *
 * The next server is tried where one can't be reached, goes away, takes too long, starts
 * or stops just now, or is not of the kind that `target_session_attrs` asks for. One that
 * refuses the login, or whose certificate is wrong, ends the matter.
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

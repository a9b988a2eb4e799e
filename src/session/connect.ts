import { ConnectionError, PostgresError } from "../errors.ts";
import type { Dial, Socket } from "../socket/socket.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { ConnectionSettings } from "./connection_options.ts";
import type { ConnectionTarget } from "./connection_targets.ts";
import { withDeadline } from "./deadline.ts";
import { describeAddress, type Encryption, Link } from "./link.ts";
import type { SslMode } from "./tls_policy.ts";

/** How to connect. */
export interface ConnectOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where to, and how to encrypt. */
  readonly settings: ConnectionSettings;
  /** Gives up; the promise then rejects with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** What to do with a connection; if it fails, the connection is closed. */
export type UseLink<T> = (socket: Socket, link: Link) => Promise<T>;

// What to try, and what else if that fails.
const PLANS: Readonly<Record<SslMode, readonly [Encryption, Encryption?]>> = {
  "disable": ["never"],
  "allow": ["never", "if possible"],
  "prefer": ["if possible", "never"],
  "require": ["always"],
  "verify-ca": ["always"],
  "verify-full": ["always"],
};

/**
 * Connects to the first of several servers that will do, in the order given or, with
 * `load_balance_hosts=random`, in one drawn anew.
 *
 * The next server is tried where one can't be reached, goes away, takes too long, starts
 * or stops just now, or is not of the kind that `target_session_attrs` asks for. One that
 * refuses the login, or whose certificate is wrong, ends the matter.
 *
 * Source: the manual, "Specifying Multiple Hosts".
 *
 * @param options How to connect.
 * @param use What to do.
 * @returns What `use` returns; the connection then stays open.
 */
export async function connect<T>(
  options: ConnectOptions,
  use: UseLink<T>,
): Promise<T> {
  const { targets, loadBalanceHosts } = options.settings;
  const failures: Error[] = [];
  for (const target of loadBalanceHosts ? shuffle(targets) : targets) {
    try {
      return await connectTo(target, options, use);
    } catch (error) {
      if (options.signal?.aborted || !mayTryNext(error)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failures.length === 1 && failure !== undefined) throw failure;
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

/**
 * Connects to one server as `sslmode` says.
 *
 * As in libpq, `prefer` tries again without encryption, and `allow` with it, on a
 * new connection; but only where the TLS handshake failed or the server refused
 * the login (28000, `pg_hba.conf`) before it asked for a password. libpq may also
 * repeat a refused password in clear.
 */
async function connectTo<T>(
  target: ConnectionTarget,
  { dial, settings, signal }: ConnectOptions,
  use: UseLink<T>,
): Promise<T> {
  const sslmode = target.address.transport === "unix"
    ? "disable"
    : settings.tls?.sslmode ?? "disable";
  const [first, second] = PLANS[sslmode];
  const { connectTimeoutMs: timeoutMs } = settings;
  const timeoutError = () =>
    new ConnectionError(
      `Cannot log in at ${
        describeAddress(target.address)
      }: no success within ${timeoutMs} ms (connect_timeout)`,
    );
  return await withDeadline(
    { signal, timeoutMs, timeoutError },
    async (signal) => {
      const open = (encryption: Encryption) =>
        new Link({ dial, settings, target, signal, encryption });
      const link = open(first);
      try {
        return await useLink(link, use);
      } catch (error) {
        if (signal.aborted || second === undefined) throw error;
        if (!isWorthAnother(error, link, first)) throw error;
        return await useLink(open(second), use).catch((later) => {
          throw moreTelling(error, later);
        });
      }
    },
  );
}

async function useLink<T>(
  link: Link,
  use: UseLink<T>,
): Promise<T> {
  const abort = () => void link.close();
  link.signal.addEventListener("abort", abort);
  try {
    const result = await use(await link.open(), link);
    link.signal.throwIfAborted();
    return result;
  } catch (error) {
    await link.close();
    throw error;
  } finally {
    link.signal.removeEventListener("abort", abort);
  }
}

// Decides whether the other kind of connection may fare better.
function isWorthAnother(
  error: unknown,
  link: Link,
  tried: Encryption,
): boolean {
  // Not the handshake failed, but this runtime can't do what the options ask for.
  if (error instanceof TypeError) return false;
  if (link.stage === "handshake") return true;
  return link.stage === "startup" && isRefused(error) &&
    link.encrypted === (tried !== "never");
}

function isRefused(error: unknown): boolean {
  return error instanceof PostgresError &&
    error.code === SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION;
}

// If the second try only meets the same closed door, the first says why.
function moreTelling(first: unknown, second: unknown): unknown {
  return isRefused(second) ? first : second;
}

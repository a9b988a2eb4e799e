import { ConnectionError, PostgresError, SQLSTATE } from "../errors.ts";
import type { Dial, Socket } from "../socket/socket.ts";
import type { ConnectionSettings } from "./connection_options.ts";
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
 * Connects as the settings' `sslmode` says, and does something with the connection.
 *
 * As in libpq, `prefer` tries again without encryption, and `allow` with it, on a
 * new connection; but only where the TLS handshake failed or the server refused
 * the login (28000, `pg_hba.conf`) before it asked for a password. libpq may also
 * repeat a refused password in clear.
 *
 * @param options How to connect.
 * @param use What to do. If it fails, the connection is closed.
 * @returns What `use` returns; the connection then stays open.
 */
export async function connect<T>(
  options: ConnectOptions,
  use: (socket: Socket, link: Link) => Promise<T>,
): Promise<T> {
  const { dial, settings, signal } = options;
  const [first, second] = PLANS[settings.tls?.sslmode ?? "disable"];
  const { connectTimeoutMs: timeoutMs, address } = settings;
  const timeoutError = () =>
    new ConnectionError(
      `Cannot log in at ${
        describeAddress(address)
      }: no success within ${timeoutMs} ms (connect_timeout)`,
    );
  return await withDeadline(
    { signal, timeoutMs, timeoutError },
    async (signal) => {
      const link = new Link({ dial, settings, signal, encryption: first });
      try {
        return await useLink(link, use);
      } catch (error) {
        if (signal.aborted || second === undefined) throw error;
        if (!isWorthAnother(error, link, first)) throw error;
        const other = new Link({ dial, settings, signal, encryption: second });
        return await useLink(other, use).catch((later) => {
          throw moreTelling(error, later);
        });
      }
    },
  );
}

async function useLink<T>(
  link: Link,
  use: (socket: Socket, link: Link) => Promise<T>,
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

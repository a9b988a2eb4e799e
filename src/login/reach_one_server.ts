import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import type { SslMode } from "../connection/ssl_mode.ts";
import { withDeadline } from "../deadline.ts";
import { ConnectionError } from "../errors.ts";
import { describeAddress } from "./describe_address.ts";
import { type Encryption, LoginAttempt } from "./login_attempt.ts";
import type { Dial, Socket } from "../socket/socket.ts";

/** How to connect. */
export interface ReachOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The address, and how to encrypt. */
  readonly settings: ConnectionSettings;
  /** Aborts the attempt; the promise then rejects with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** Uses a connection; if it fails, the connection is closed. */
export type UseAttempt<T> = (
  socket: Socket,
  attempt: LoginAttempt,
) => Promise<T>;

// The first attempt, and the alternative if it fails.
const PLANS: Readonly<Record<SslMode, readonly [Encryption, Encryption?]>> = {
  "disable": ["never"],
  "allow": ["never", "if possible"],
  "prefer": ["if possible", "never"],
  "require": ["always"],
  "verify-ca": ["always"],
  "verify-full": ["always"],
};

/**
 * Connects to one server in the mode of `sslmode`.
 *
 * As in libpq, `prefer` retries without encryption, and `allow` with it, over a new
 * connection; but only if the TLS handshake failed, or the server rejected the login (28000,
 * `pg_hba.conf`) before it requested a password. libpq may also send a rejected password
 * again in clear text.
 */
export async function reachOneServer<T>(
  target: ConnectionTarget,
  { dial, settings, signal }: ReachOptions,
  use: UseAttempt<T>,
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
        new LoginAttempt({ dial, settings, target, signal, encryption });
      const attempt = open(first);
      try {
        return await useAttempt(attempt, use);
      } catch (error) {
        if (signal.aborted || second === undefined) throw error;
        const { isWorthAnother, moreTelling } = await import("./fallback.ts")
          .catch(() => {
            throw error;
          });
        if (!isWorthAnother(error, attempt, first)) throw error;
        return await useAttempt(open(second), use).catch((later) => {
          throw moreTelling(error, later);
        });
      }
    },
  );
}

async function useAttempt<T>(
  attempt: LoginAttempt,
  use: UseAttempt<T>,
): Promise<T> {
  const abort = () => void attempt.close();
  attempt.signal.addEventListener("abort", abort);
  try {
    const result = await use(await attempt.open(), attempt);
    attempt.signal.throwIfAborted();
    return result;
  } catch (error) {
    await attempt.close();
    throw error;
  } finally {
    attempt.signal.removeEventListener("abort", abort);
  }
}

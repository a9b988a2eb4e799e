import type { ConnectionOptions } from "../connection/connection_options.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { resolveConnection } from "../connection/resolve_connection.ts";
import { untilAborted, withDeadline } from "../deadline.ts";
import { ConnectionError } from "../errors.ts";
import { bindRuntime } from "../socket/default_dial.ts";
import type { Dial, Environment } from "../socket/socket.ts";
import type { Check } from "./checks/check.ts";
import { CHECKS } from "./checks/all_checks.ts";
import { examine } from "./examine.ts";
import type { Provider } from "./checks/provider.ts";
import { refusedLogin } from "./refused_login.ts";
import type { DoctorReport } from "./report.ts";

/** Options for {@linkcode runDoctor}. */
export interface DoctorOptions {
  /**
   * The slot to check.
   *
   * @default {undefined} only checks that concern all slots
   */
  readonly slot?: string;
  /**
   * The publication or publications to check.
   *
   * @default {undefined} none
   */
  readonly publication?: string | readonly string[];
  /**
   * The expected output plugin of the slot.
   *
   * @default {"pgoutput"}
   */
  readonly plugin?: string;
  /**
   * The service that runs the server, whose way of changing settings the report then
   * describes.
   *
   * @default {undefined} recognized by its settings and roles
   */
  readonly provider?: Provider;
  /**
   * The age from which a transaction counts as long, in seconds.
   *
   * @default {300}
   */
  readonly longTransactionSeconds?: number;
  /**
   * The checks to run.
   *
   * @default {CHECKS}
   */
  readonly checks?: readonly Check[];
  /**
   * The time limit for the whole examination, in milliseconds; 0 for none.
   *
   * @default {60_000}
   */
  readonly timeoutMs?: number;
  /**
   * Aborts the examination; the promise then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
  /**
   * Opens connections.
   *
   * @default {undefined} the sockets of the current runtime
   */
  readonly dial?: Dial;
  /**
   * Provides environment variables and files.
   *
   * @default {undefined} the environment of the current runtime
   */
  readonly environment?: Environment;
}

/**
 * Examines a server: whether a subscription will work, and what will cause trouble later. It
 * never writes: each check is a SELECT in a READ ONLY transaction that is rolled back. It opens
 * an ordinary connection, and briefly a replication connection.
 *
 * Checks for which the role lacks a privilege are skipped, and listed in the report.
 *
 * @example
 * ```ts ignore
 * import { doctorText, runDoctor } from "@walbrook/walbrook/doctor";
 *
 * const report = await runDoctor("postgres://app@localhost/shop", {
 *   slot: "search_indexer",
 *   publication: "shop",
 * });
 * console.log(doctorText(report));
 * ```
 *
 * @param connection The server: a URL, libpq's `key=value` pairs, or an object. `undefined`
 * uses only the `PG*` environment variables.
 * @param options What to check.
 * @returns The report. A server that can't be reached is one of its findings.
 * @throws {TypeError} If the connection or an option is invalid.
 */
export async function runDoctor(
  connection?: string | URL | ConnectionOptions,
  options: DoctorOptions = {},
): Promise<DoctorReport> {
  const { dial, environment } = await bindRuntime(options);
  const { signal, timeoutMs = 60_000, slot = null } = options;
  const publications = namesOf(options.publication);
  const settings: ConnectionSettings = await untilAborted(
    resolveConnection(connection, environment),
    signal,
  );
  const at = new Date();
  try {
    return await withDeadline(
      { signal, timeoutMs, timeoutError: () => tooLate(timeoutMs) },
      (signal) =>
        examine({
          ...{ dial, settings, signal, at, slot, publications },
          checks: options.checks ?? CHECKS,
          plugin: options.plugin ?? "pgoutput",
          long: options.longTransactionSeconds ?? 300,
          provider: options.provider ?? null,
        }),
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const finding = refusedLogin(error, settings);
    return {
      ...{ at, server: null, slot, publications },
      ...{ findings: [finding], passed: [], skipped: [] },
    };
  }
}

function namesOf(
  names: string | readonly string[] | undefined,
): readonly string[] {
  return typeof names === "string" ? [names] : names ?? [];
}

function tooLate(timeoutMs: number): ConnectionError {
  return new ConnectionError(
    `The server has not answered all queries within ${timeoutMs / 1000} s`,
  );
}

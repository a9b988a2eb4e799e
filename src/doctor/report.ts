import type { Severity } from "./checks/check.ts";
import type { Provider } from "./checks/provider.ts";

/** A problem, and what to do about it. */
export interface Finding {
  /** The check's identifier. */
  readonly id: string;
  /** Its severity. */
  readonly severity: Severity;
  /** What was found: a name, or a setting with its value. */
  readonly found: string;
  /** What it means for a subscription. */
  readonly problem: string;
  /** What to do, in words; the provider's way if one is known. */
  readonly fix: string;
  /** SQL that fixes it; `null` if there is none, or if the provider does not allow it. */
  readonly fixSql: string | null;
  /**
   * The provider whose way `fix` describes; `null` for the general one. These texts follow
   * the providers' documentation and were not tested there.
   */
  readonly provider: Provider | null;
}

/** A check that could not be run. */
export interface SkippedCheck {
  /** The check's identifier. */
  readonly id: string;
  /** The reason, for example a missing privilege. */
  readonly reason: string;
}

/** The server that was examined. */
export interface ExaminedServer {
  /** Its version, for example `"18.1"`. */
  readonly version: string;
  /** Its version as a number, for example 180001: `server_version_num`. */
  readonly versionNumber: number;
  /** Its name or address and its port, as it was reached: `"db1.internal:5432"`. */
  readonly host: string;
  /** The database. */
  readonly database: string;
  /** The role. */
  readonly user: string;
  /** The service that runs it; `null` if none was recognized. */
  readonly provider: Provider | null;
}

/** The result of {@linkcode runDoctor}. */
export interface DoctorReport {
  /** The time of the examination, by this machine's clock. */
  readonly at: Date;
  /** The server; `null` if it could not be reached, or rejected the login. */
  readonly server: ExaminedServer | null;
  /** The checked slot; `null` for none. */
  readonly slot: string | null;
  /** The checked publications. */
  readonly publications: readonly string[];
  /** The problems, the worst first. */
  readonly findings: readonly Finding[];
  /** The identifiers of the checks that found nothing. */
  readonly passed: readonly string[];
  /** The checks that could not be run. */
  readonly skipped: readonly SkippedCheck[];
}

/**
 * Returns the exit code for a report: 0 if nothing is worse than `"info"`, 1 for warnings, 2
 * for errors, 3 if the server can't be reached or rejects the login.
 *
 * @example
 * ```ts ignore
 * import { doctorExitCode, runDoctor } from "@walbrook/walbrook/doctor";
 *
 * Deno.exit(doctorExitCode(await runDoctor("postgres://localhost/shop")));
 * ```
 *
 * @param report The report of `runDoctor()`.
 * @returns The exit code.
 */
export function doctorExitCode(report: DoctorReport): 0 | 1 | 2 | 3 {
  if (report.server === null) return 3;
  const has = (wanted: Severity) =>
    report.findings.some(({ severity }) => severity === wanted);
  return has("error") ? 2 : has("warning") ? 1 : 0;
}

const RANK: Readonly<Record<Severity, number>> = {
  error: 0,
  warning: 1,
  info: 2,
};

/** Sorts findings, the worst first; those of equal severity keep their order. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

import { PROVIDER_NAMES } from "./checks/provider.ts";
import { doctorExitCode, type DoctorReport, type Finding } from "./report.ts";

/**
 * Formats a report for people: each problem with what was found, what it means, and what to
 * do.
 *
 * @param report The report.
 * @returns Lines of text, with a line feed at the end.
 *
 * @example
 * ```ts ignore
 * import { doctorText, runDoctor } from "@walbrook/walbrook/doctor";
 *
 * console.log(doctorText(await runDoctor("postgres://localhost/shop")));
 * ```
 */
export function doctorText(report: DoctorReport): string {
  const { findings, skipped, passed } = report;
  const lines = [heading(report), ""];
  for (const finding of findings) lines.push(...findingLines(finding), "");
  if (skipped.length > 0) {
    lines.push("Not checked:");
    for (const { id, reason } of skipped) {
      lines.push(`  ${id}: ${oneLine(reason)}`);
    }
    lines.push("");
  }
  lines.push(summary(findings, passed.length), "");
  return lines.join("\n");
}

/**
 * Converts a report to a plain object for `JSON.stringify()`, with its exit code.
 *
 * @param report The report.
 * @returns The object: the report with its time as text.
 *
 * @example
 * ```ts ignore
 * import { doctorJson, runDoctor } from "@walbrook/walbrook/doctor";
 *
 * const report = await runDoctor("postgres://localhost/shop");
 * console.log(JSON.stringify(doctorJson(report)));
 * ```
 */
export function doctorJson(
  report: DoctorReport,
): Omit<DoctorReport, "at"> & {
  /** The time of the examination, as ISO 8601. */
  readonly at: string;
  /** The result of {@linkcode doctorExitCode}. */
  readonly exitCode: 0 | 1 | 2 | 3;
} {
  return {
    ...report,
    at: report.at.toISOString(),
    exitCode: doctorExitCode(report),
  };
}

function heading({ server, slot, publications }: DoctorReport): string {
  const names = [
    ...(slot === null ? [] : [`slot ${slot}`]),
    ...publications.map((name) => `publication ${name}`),
  ];
  const about = names.length === 0 ? "" : `; ${names.join(", ")}`;
  if (server === null) return `The server can't be examined${about}`;
  const { version, database, user, provider } = server;
  const place = provider === null ? "" : ` (${PROVIDER_NAMES[provider]})`;
  return `PostgreSQL ${version}${place}, database ${database}, role ${user}${about}`;
}

function findingLines(finding: Finding): string[] {
  const { id, severity, found, problem, fix, fixSql, provider } = finding;
  const way = provider === null
    ? fix
    : `${fix} (${PROVIDER_NAMES[provider]}; not tried there)`;
  return [
    `${severity.toUpperCase()}  ${id}: ${oneLine(found)}`,
    `  ${problem}.`,
    `  Fix: ${way}.`,
    ...(fixSql === null ? [] : [`  SQL: ${oneLine(fixSql)};`]),
  ];
}

function summary(findings: readonly Finding[], passed: number): string {
  const count = (wanted: Finding["severity"]) =>
    findings.filter(({ severity }) => severity === wanted).length;
  return `${count("error")} errors, ${count("warning")} warnings, ${
    count("info")
  } notes; ${passed} checks found nothing`;
}

// Names come from the database: they may contain line feeds, or escape codes for terminals.
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}

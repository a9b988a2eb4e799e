import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { PostgresError } from "../errors.ts";
import { openSession } from "../session/open_session.ts";
import type { Session } from "../session/session.ts";
import type { Dial } from "../socket/socket.ts";
import { bindParameters } from "./checks/bind_parameters.ts";
import type { Check } from "./checks/check.ts";
import { LINK_CHECKS } from "./checks/link.ts";
import {
  type Provider,
  PROVIDER_QUERY,
  readProvider,
} from "./checks/provider.ts";
import {
  type DoctorReport,
  type ExaminedServer,
  type Finding,
  type SkippedCheck,
  worstFirst,
} from "./report.ts";

/** Options for {@linkcode examine}. */
export interface ExamineOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server, and the credentials. */
  readonly settings: ConnectionSettings;
  /** Aborts the examination. */
  readonly signal: AbortSignal;
  /** The time. */
  readonly at: Date;
  /** The slot, or `null`. */
  readonly slot: string | null;
  /** The publications. */
  readonly publications: readonly string[];
  /** The checks. */
  readonly checks: readonly Check[];
  /** The output plugin. */
  readonly plugin: string;
  /** The age from which a transaction counts as long, in seconds. */
  readonly long: number;
  /** The provider, if the caller knows it. */
  readonly provider: Provider | null;
}

type Rows = readonly (readonly (string | null)[])[];

/** The timeout of a check: none takes longer on a healthy server. */
const CHECK_TIMEOUT_MS = 10_000;

/**
 * Logs in and runs all checks.
 *
 * @throws The error of the login.
 */
export async function examine(options: ExamineOptions): Promise<DoctorReport> {
  const { dial, settings, signal, at, slot, publications } = options;
  let { targets: [target] } = settings;
  const session = await openSession({
    ...{ dial, settings, signal, replication: undefined, onNotice: ignore },
    onConnect: (chosen) => target = chosen,
  });
  try {
    const server = await describe(session, target, options);
    const parameters = {
      ...{ slot, publications },
      ...{ plugin: options.plugin, long: options.long },
      ...{ pid: session.processId, port: target.port },
      ...{ now: new Date().toISOString(), walsender: true },
    };
    const results = new Results(server);
    const wanted = options.checks.filter((check) => applies(check, server));
    const isOfLink = (check: Check) => LINK_CHECKS.includes(check);
    const run = async (checks: readonly Check[], walsender: boolean) => {
      for (const check of checks) {
        const now = new Date().toISOString();
        const bound = { ...parameters, walsender, now };
        const sql = bindParameters(check.sql, bound);
        results.add(check, await ask(session, sql, signal));
      }
    };
    await run(wanted.filter((check) => !isOfLink(check)), true);
    // It uses one of the walsenders that the other checks count.
    const refusal = await tryReplication(options, target);
    await run(wanted.filter(isOfLink), refusal === null);
    if (refusal !== null) results.addRefusal(refusal);
    return {
      ...{ at, server, slot, publications },
      findings: worstFirst(results.findings),
      passed: results.passed,
      skipped: results.skipped,
    };
  } finally {
    await session.close();
  }
}

/** Collects the findings. */
class Results {
  readonly findings: Finding[] = [];
  readonly passed: string[] = [];
  readonly skipped: SkippedCheck[] = [];
  readonly #provider: Provider | null;

  constructor({ provider }: ExaminedServer) {
    this.#provider = provider;
  }

  add(check: Check, answer: Rows | PostgresError): void {
    const { id, severity, problem } = check;
    if (answer instanceof PostgresError) {
      this.skipped.push({ id, reason: answer.message });
      return;
    }
    if (answer.length === 0) this.passed.push(id);
    const way = this.#provider && check.providers?.[this.#provider];
    for (const [found, fixSql] of answer) {
      this.findings.push({
        ...{ id, severity, found: found ?? "", problem },
        fix: way ?? check.fix,
        fixSql: way ? null : fixSql ?? null,
        provider: way ? this.#provider : null,
      });
    }
  }

  // Problems explained by a missing privilege or a pooler are not reported twice.
  addRefusal(error: unknown): void {
    const isExplained = this.findings.some(({ id }) =>
      ["roleReplication", "pooler", "sendersFull"].includes(id)
    );
    if (isExplained) return;
    this.findings.push({
      id: "replicationRefused",
      severity: "error",
      found: error instanceof Error ? error.message : String(error),
      problem:
        "An ordinary connection works, a replication connection does not",
      fix:
        "Check what the server reports; a pooler may be in between, or max_wal_senders too low",
      fixSql: null,
      provider: null,
    });
  }
}

async function describe(
  session: Session,
  target: ConnectionTarget,
  { provider, settings, signal }: ExamineOptions,
): Promise<ExaminedServer> {
  const answer = await ask(
    session,
    `SELECT current_setting('server_version'),
      current_setting('server_version_num'), current_database(),
      current_user, (${PROVIDER_QUERY})`,
    signal,
  );
  if (answer instanceof PostgresError) throw answer;
  const [version, number, database, user, found] = answer[0] ?? [];
  return {
    version: version ?? "",
    versionNumber: Number(number),
    host: nameOf(target),
    database: database ?? settings.database,
    user: user ?? settings.user,
    provider: provider ?? readProvider(found ?? null),
  };
}

function nameOf({ host, address, port }: ConnectionTarget): string {
  const name = host ??
    (address.transport === "tcp" ? address.hostname : address.path);
  return `${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function applies(
  { since = 0, before = Infinity }: Check,
  { versionNumber }: ExaminedServer,
): boolean {
  return since <= versionNumber && versionNumber < before;
}

// A separate transaction for each, so that a failing check does not affect the others.
async function ask(
  session: Session,
  sql: string,
  signal: AbortSignal,
): Promise<Rows | PostgresError> {
  const begin = [
    "BEGIN TRANSACTION READ ONLY",
    "SET LOCAL search_path = pg_catalog, pg_temp",
    "SET LOCAL lock_timeout = 2000",
    `SET LOCAL statement_timeout = ${CHECK_TIMEOUT_MS}`,
  ];
  try {
    const script = [...begin, sql, "ROLLBACK"].join(";\n");
    const results = await session.query(script, { signal });
    return results[begin.length]?.rows ?? [];
  } catch (error) {
    if (!(error instanceof PostgresError) || error.severity !== "ERROR") {
      throw error;
    }
    await session.query("ROLLBACK", { signal });
    return error;
  }
}

// The error of a replication connection, or null if it works.
async function tryReplication(
  { dial, settings, signal }: ExamineOptions,
  target: ConnectionTarget,
): Promise<unknown> {
  try {
    const session = await openSession({
      ...{ dial, signal, onNotice: ignore, replication: "database" },
      settings: { ...settings, targets: [target] },
    });
    try {
      await session.query("IDENTIFY_SYSTEM", { signal });
    } finally {
      await session.close();
    }
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return error;
  }
}

function ignore(): void {}

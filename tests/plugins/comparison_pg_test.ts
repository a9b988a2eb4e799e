import { assert, assertEquals } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import type { OutputPlugin } from "@walbrook/walbrook/replication";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import {
  SETUP,
  STREAMED_WORKLOAD,
  WORKLOAD,
} from "../golden/plugin_workload.ts";
import {
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";

// So that pgoutput sends the large transaction while it runs.
const STREAMED = { logical_decoding_work_mem: "64kB" };

/** What an event says that every plugin can tell. */
type Said = Readonly<Record<string, unknown>>;

const wal2jsonFound = await findWal2json();
if (wal2jsonFound.settings === undefined) {
  console.log(`comparison with wal2json skipped: ${wal2jsonFound.reason}`);
}

async function collect(
  server: PostgresServer,
  slot: string,
  options: Partial<SubscribeOptions>,
): Promise<ReplicationEvent[]> {
  await using subscription = await subscribe({
    connection: server.url,
    slot,
    until: "now",
    retry: false,
    ...options,
  });
  const events: ReplicationEvent[] = [];
  for await (const event of subscription) events.push(event);
  return events;
}

/**
 * Leaves out what test_decoding can't tell: the exact start of the commit record, the
 * origin, and when the server describes a table.
 */
function saidByAll(events: readonly ReplicationEvent[]): Said[] {
  return events.flatMap((event): Said[] => {
    if (event.kind === "relation") return [];
    const { transaction, ...rest } = event;
    if (transaction === null) return [{ ...rest, transaction }];
    const { xid, commitTime } = transaction;
    return [{ ...rest, transaction: { xid, commitTime } }];
  });
}

const NO_NUMBER = [NaN, Infinity, -Infinity, "NaN", "Infinity", "-Infinity"];

function withoutNoNumbers(value: unknown, types: ReadonlyMap<string, number>) {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const isNumber = [700, 701, 1700].includes(types.get(name) ?? 0);
      return [name, isNumber && NO_NUMBER.includes(one) ? null : one];
    }),
  );
}

/** Leaves out what wal2json can't tell either. */
function saidByWal2json(said: readonly Said[]): Said[] {
  return said.flatMap((one): Said[] => {
    // Each table of a TRUNCATE has a message of its own, so that the numbers differ.
    const { index: _, ...rest } = one;
    if (one["kind"] === "truncate") {
      return (one["relations"] as unknown[]).map((relation) => ({
        ...rest,
        relations: [relation],
        cascade: false,
        restartIdentity: false,
      }));
    }
    const relation = one["relation"] as
      | { columns: { name: string; typeOid: number }[] }
      | undefined;
    if (relation === undefined) return [rest];
    const types = new Map(
      relation.columns.map(({ name, typeOid }) => [name, typeOid]),
    );
    return [{
      ...rest,
      newRow: withoutNoNumbers(one["newRow"], types),
      oldRow: withoutNoNumbers(one["oldRow"], types),
    }];
  });
}

// The text of money depends on lc_monetary, so that only its digits can be compared.
function withMinorUnits(event: ReplicationEvent): ReplicationEvent {
  if (event.kind !== "insert") return event;
  const { mon, ...others } = event.newRow;
  if (typeof mon !== "string") return event;
  const units = BigInt(mon.replaceAll(/[^-\d]/g, ""));
  return { ...event, newRow: { ...others, mon: units } };
}

async function prepare(
  sql: SqlClient,
  slots: Readonly<Record<string, string>>,
): Promise<void> {
  for (const text of SETUP) await sql(text);
  for (const [slot, plugin] of Object.entries(slots)) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${slot}', '${plugin}')`,
    );
  }
  for (const text of WORKLOAD) await sql(text);
  // What is prepared there is not committed.
  for (const text of STREAMED_WORKLOAD.slice(0, 1)) await sql(text);
}

testOnPostgres(
  "pgoutput as text and binary and test_decoding say the same of every change",
  async ({ server, sql }) => {
    await prepare(sql, {
      ...{ text: "pgoutput", binary: "pgoutput", decoding: "test_decoding" },
    });
    const publication = "compared";
    const text = await collect(server, "text", { publication });
    const binary = await collect(server, "binary", {
      ...{ publication, binary: true },
    });
    assertEquals(binary, text.map(withMinorUnits));
    const events = await collect(server, "decoding", {
      plugin: testDecoding(),
    });
    assertEquals(saidByAll(events), saidByAll(text));
    assert(events.length > 50);
    checkPositions(events, text);
    // A slot that was read to its end has nothing left.
    assertEquals(
      await collect(server, "decoding", { plugin: testDecoding() }),
      [],
    );
  },
  { settings: STREAMED },
);

// The commit record lies before its end, and nobody else's does.
function checkPositions(
  events: readonly ReplicationEvent[],
  exact: readonly ReplicationEvent[],
): void {
  const commits = (all: readonly ReplicationEvent[]) =>
    all.filter((event) => event.kind === "commit");
  const found = commits(events);
  assertEquals(found.length, commits(exact).length);
  for (const [i, one] of commits(exact).entries()) {
    const { transaction, endLsn } = found[i]!;
    assert(transaction.commitLsn >= one.transaction.commitLsn);
    assert(transaction.commitLsn < endLsn);
    assertEquals(endLsn, one.endLsn);
  }
}

testOnPostgres(
  "pgoutput and wal2json say the same of every change",
  async ({ server, sql }) => {
    await prepare(sql, { text: "pgoutput", json: "wal2json" });
    const text = await collect(server, "text", { publication: "compared" });
    const plugin: OutputPlugin = wal2json();
    const events = await collect(server, "json", { plugin });
    assertEquals(
      saidByWal2json(saidByAll(events)),
      saidByWal2json(saidByAll(text)),
    );
    const commitLsns = (all: readonly ReplicationEvent[]) =>
      all.flatMap((event) =>
        event.kind === "commit" ? [event.transaction.commitLsn] : []
      );
    assertEquals(commitLsns(events), commitLsns(text));
    const origins = (all: readonly ReplicationEvent[]) =>
      all.flatMap((event) =>
        event.kind === "commit" ? [event.transaction.origin] : []
      );
    assertEquals(origins(events), origins(text));
    assert(origins(text).includes("upstream"));
  },
  {
    majors: wal2jsonFound.settings === undefined ? [] : [15],
    settings: { ...STREAMED, ...wal2jsonFound.settings },
  },
);

import { subscribe } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import type { DoctorOptions } from "../../src/doctor/mod.ts";
import {
  connectSql,
  type PostgresOptions,
  type ServerContext,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

/** What a check is to find: `found` as it is told, with `since` the first major version. */
export interface Expected {
  /** The check. */
  readonly id: string;
  /** What is found, in the order of the server's answer. */
  readonly found: readonly (string | RegExp)[];
  /** The versions that have it. */
  readonly since?: number;
  /** The first version that does not have it any more. */
  readonly before?: number;
}

/** A server with much wrong at once, and what the doctor is to say of it. */
export interface BrokenServer {
  /** Its name. */
  readonly name: string;
  /** How it is started. */
  readonly settings?: PostgresOptions["settings"];
  /** What makes it broken. What it returns is disposed at the end. */
  readonly damage: (
    context: ServerContext,
    keep: AsyncDisposableStack,
  ) => Promise<void>;
  /** What is asked. */
  readonly options: DoctorOptions;
  /** The role that asks, if it is not the superuser. */
  readonly role?: string;
  /** All that is to be found. */
  readonly expected: readonly Expected[];
}

/** Tables and publications. */
const TABLES: BrokenServer = {
  name: "tables and publications",
  settings: { max_slot_wal_keep_size: "10GB" },
  damage: async ({ server: { major }, sql }) => {
    for (
      const statement of [
        "CREATE TABLE nokey (a int)",
        'CREATE TABLE "Nothing" (a int PRIMARY KEY)',
        'ALTER TABLE "Nothing" REPLICA IDENTITY NOTHING',
        "CREATE TABLE whole (a int PRIMARY KEY)",
        "ALTER TABLE whole REPLICA IDENTITY FULL",
        "CREATE TABLE docs (id int PRIMARY KEY, body text, raw jsonb)",
        "CREATE TABLE rls (id int PRIMARY KEY)",
        "ALTER TABLE rls ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE gen (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)",
        "CREATE TABLE other (id int PRIMARY KEY)",
        "CREATE TABLE keyless (id int)",
        "CREATE TABLE filtered (id int PRIMARY KEY, region int)",
        "CREATE TABLE listed (id int PRIMARY KEY, a int, b int)",
        'CREATE PUBLICATION shop FOR TABLE nokey, "Nothing", whole, docs, rls, parted, gen ' +
        "WITH (publish = 'insert, update, delete')",
        "CREATE PUBLICATION empty",
      ]
    ) await sql(statement);
    if (major >= 15) {
      await sql(
        "ALTER PUBLICATION shop ADD TABLE filtered WHERE (region = 7); " +
          "ALTER PUBLICATION shop ADD TABLE listed (a, b); " +
          "CREATE PUBLICATION second FOR TABLE listed (id, a)",
      );
    } else {
      await sql("CREATE PUBLICATION second FOR TABLE listed, filtered");
    }
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    // Publications that are altered look like new ones.
    await sql(
      "CREATE PUBLICATION late FOR TABLE listed WITH (publish = 'insert')",
    );
  },
  options: {
    slot: "s",
    publication: ["shop", "empty", "second", "late", "missing", "it's"],
  },
  expected: [
    { id: "publicationMissing", found: ["missing", "it's"] },
    { id: "publicationEmpty", found: ["empty"] },
    {
      id: "publicationPartial",
      found: ["shop lacks truncate", "late lacks update delete truncate"],
    },
    { id: "publicationYounger", found: ["late may be younger than s"] },
    { id: "partitionLeaves", found: ["shop: public.parted"] },
    { id: "identityNone", found: ['public."Nothing"', "public.nokey"] },
    { id: "identityFull", found: [/^public\.whole \d/] },
    { id: "toastUnchanged", found: ["public.docs: body, raw"] },
    {
      id: "filterColumns",
      since: 15,
      found: ["public.filtered: (region = 7)"],
    },
    { id: "columnList", since: 15, found: ["public.listed"] },
    {
      id: "columnListsDiffer",
      since: 15,
      found: [/^public\.listed: /],
    },
    { id: "generatedColumns", found: ["public.gen.twice"] },
    { id: "unpublished", found: ["public.keyless", "public.other"] },
    { id: "rowSecurity", found: ["public.rls"] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** A role that may do little, and settings that are dangerous. */
const ROLE: BrokenServer = {
  name: "role and settings",
  role: "plain",
  damage: async ({ server, sql }) => {
    for (
      const statement of [
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE PUBLICATION p FOR TABLE t",
        "CREATE ROLE plain LOGIN CONNECTION LIMIT 1 VALID UNTIL '2020-01-01'",
        "ALTER ROLE plain SET statement_timeout = '5s'",
        "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
        "ALTER ROLE ALL SET wal_sender_timeout = 0",
        "ALTER SYSTEM SET max_slot_wal_keep_size = '512MB'",
        ...server.major >= 18
          ? ["ALTER SYSTEM SET idle_replication_slot_timeout = '5min'"]
          : [],
        // Nothing commits after that.
        "ALTER SYSTEM SET synchronous_standby_names = '*'",
        "SELECT pg_reload_conf()",
      ]
    ) await sql(statement);
    await until(async () => {
      await using fresh = connectSql(server.url);
      return await fresh.value("SHOW synchronous_standby_names") === "*";
    });
  },
  options: { slot: "s", publication: "p" },
  expected: [
    { id: "roleReplication", found: ["plain"] },
    { id: "roleLimit", found: ["plain: CONNECTION LIMIT 1"] },
    { id: "roleExpires", found: [/^plain: VALID UNTIL 20(?:19|20)-/] },
    { id: "roleSettings", found: ["statement_timeout=5s"] },
    { id: "roleSelect", found: ["public.t"] },
    {
      id: "slotForeign",
      found: ["s: logical, plugin test_decoding, database postgres"],
    },
    { id: "keepSizeSmall", found: ["max_slot_wal_keep_size = 512MB"] },
    {
      id: "idleTimeout",
      since: 18,
      found: ["idle_replication_slot_timeout = 5min"],
    },
    { id: "senderTimeoutOff", found: ["wal_sender_timeout = 0"] },
    {
      id: "synchronousStandby",
      found: ["synchronous_standby_names = *"],
    },
  ],
};

/** Transactions that hold everything up, and slots that keep too much. */
const HELD_UP: BrokenServer = {
  name: "transactions and slots",
  settings: {
    max_slot_wal_keep_size: "64MB",
    wal_sender_timeout: "4999ms",
    max_prepared_transactions: "2",
  },
  damage: async ({ server, sql }, keep) => {
    for (
      const statement of [
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE PUBLICATION p FOR TABLE t",
        "SELECT pg_create_logical_replication_slot('s', 'pgoutput')",
        "SELECT pg_create_logical_replication_slot('orphan', 'pgoutput')",
        "CREATE SUBSCRIPTION inbound CONNECTION 'host=127.0.0.1 port=1' PUBLICATION x WITH (connect = false, slot_name = 'inbound')",
        "ALTER SUBSCRIPTION inbound ENABLE",
      ]
    ) await sql(statement);
    for (let n = 0; n < 2; n++) {
      await sql("SELECT pg_logical_emit_message(false, 'w', 'w')");
      await sql("SELECT pg_switch_wal()");
    }
    await Deno.writeTextFile(
      `${server.dataDirectory}/pg_hba.conf`,
      "hostt all all all trust\n",
      { append: true },
    );
    // Ends with the subscription, which is closed before.
    const reading: { rest?: Promise<void> } = {};
    keep.defer(() => reading.rest);
    const subscription = keep.use(
      await subscribe({ connection: server.url, slot: "s", publication: "p" }),
    );
    reading.rest = subscription.batches.pipeTo(new WritableStream()).catch(
      () => {},
    );
    await sql(
      "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten'",
    );
    const long = keep.use(connectSql(server.url));
    await long("BEGIN; INSERT INTO t VALUES (2)");
    const maker = keep.use(await connect(server.url));
    const giveUp = new AbortController();
    const made = maker.createReplicationSlot("made", {
      kind: "logical",
      signal: giveUp.signal,
    }).catch(() => {});
    keep.defer(async () => {
      giveUp.abort();
      await made;
    });
    await until(async () =>
      await sql.value(
        "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'made'",
      ) === "1"
    );
  },
  options: { slot: "s", publication: "p", longTransactionSeconds: 0 },
  expected: [
    { id: "keepSizeSmall", found: ["max_slot_wal_keep_size = 64MB"] },
    { id: "senderTimeoutShort", found: ["wal_sender_timeout = 4999ms"] },
    { id: "slotBusy", found: [/^s: process \d+, .*since \d{4}-/] },
    { id: "slotOrphan", found: [/^orphan keeps \d+ MB$/] },
    { id: "slotBeingCreated", found: [/^made, by process \d+$/] },
    { id: "longTransaction", found: [/^process \d+ of postgres, for /] },
    { id: "preparedTransaction", found: [/^forgotten, for /] },
    { id: "subscriptionLoop", found: ["inbound"] },
    { id: "hba", found: [/^pg_hba\.conf, line \d+: /] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** A server on which nothing is left, and which writes no logical WAL. */
const FULL: BrokenServer = {
  name: "nothing left",
  settings: {
    wal_level: "replica",
    max_replication_slots: "1",
    max_wal_senders: "1",
    max_connections: "14",
    superuser_reserved_connections: "3",
    max_slot_wal_keep_size: "-1",
  },
  damage: async ({ server, sql }, keep) => {
    await sql("SELECT pg_create_physical_replication_slot('standby')");
    keep.use(await connect(server.url, { replication: "physical" }));
    for (let n = 0; n < 6; n++) {
      await keep.use(connectSql(server.url))("SELECT 1");
    }
  },
  options: { slot: "s" },
  expected: [
    { id: "walLevel", found: ["wal_level = replica"] },
    { id: "slotsFull", found: ["1 of max_replication_slots = 1"] },
    { id: "sendersFull", found: ["1 of max_wal_senders = 1"] },
    { id: "connectionsLow", found: [/^\d+ of max_connections = 14$/] },
    { id: "keepSizeNone", found: ["max_slot_wal_keep_size = -1"] },
    { id: "slotMissing", found: ["s"] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** A slot that has been invalidated, and one that is next. */
const LOST: BrokenServer = {
  name: "a lost slot",
  settings: {
    max_slot_wal_keep_size: "16MB",
    min_wal_size: "32MB",
    max_wal_size: "32MB",
  },
  damage: async ({ sql }) => {
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await until(async () => {
      await sql("SELECT pg_logical_emit_message(false, 'w', 'w')");
      await sql("SELECT pg_switch_wal()");
      await sql("CHECKPOINT");
      return await sql.value(
        "SELECT wal_status FROM pg_replication_slots",
      ) === "lost";
    });
  },
  options: { slot: "s" },
  expected: [
    { id: "slotLost", found: ["s: wal_status = lost"] },
    { id: "keepSizeSmall", found: ["max_slot_wal_keep_size = 16MB"] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** A slot that keeps all that it may. */
const IN_DANGER: BrokenServer = {
  name: "a slot in danger",
  settings: { max_slot_wal_keep_size: "64MB" },
  damage: async ({ sql }) => {
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  },
  options: { slot: "s" },
  expected: [
    {
      id: "slotInDanger",
      found: [/^s: wal_status = reserved, safe_wal_size = \d+ MB$/],
    },
    { id: "keepSizeSmall", found: ["max_slot_wal_keep_size = 64MB"] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** Slots that a failover would lose. */
const FAILOVER: BrokenServer = {
  name: "a failover ahead",
  settings: { max_slot_wal_keep_size: "10GB" },
  damage: async ({ server, sql }, keep) => {
    await sql("SELECT pg_create_physical_replication_slot('standby', true)");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const standby = keep.use(
      await connect(server.url, { replication: "physical" }),
    );
    const { xlogPos } = await standby.identifySystem();
    await standby.startReplication({
      ...{ kind: "physical", slot: "standby", start: xlogPos },
    });
  },
  options: { slot: "s" },
  expected: [
    { id: "slotNoFailover", since: 17, found: ["s"] },
    { id: "roleSuper", found: ["postgres"] },
  ],
};

/** The servers that are tested on every version. */
export const ON_ALL_VERSIONS: readonly BrokenServer[] = [TABLES];
/** The servers that are tested on the oldest and the newest one. */
export const ON_TWO_VERSIONS: readonly BrokenServer[] = [
  ROLE,
  HELD_UP,
  FULL,
  LOST,
];
/** The servers that are tested on the newest one, since nothing can differ. */
export const ON_NEWEST: readonly BrokenServer[] = [IN_DANGER, FAILOVER];

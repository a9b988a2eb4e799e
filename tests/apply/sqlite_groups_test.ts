import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import {
  type Relation,
  type ReplicationEvent,
  type Row,
  UNCHANGED,
} from "@walbrook/walbrook";
import { applyToSqlite } from "@walbrook/walbrook/apply";
import {
  deliver,
  type Delivery,
  DeliveryError,
  type Destination,
  DestinationError,
} from "@walbrook/walbrook/sink";
import { until } from "../helpers/until.ts";
import { ITEMS, type Place, sourceOf, Workload } from "../sink/workload.ts";

const SYSTEM = { systemId: "7412061329485321", timeline: 1 };

/** A table with large values, which the server may leave out of updates. */
const NOTES: Relation = {
  ...ITEMS,
  oid: 16390,
  name: "notes",
  columns: [
    ...ITEMS.columns,
    { name: "text", typeOid: 25, typeModifier: -1, isKey: false },
  ],
};

function changeOf(
  place: Place,
  change:
    | { readonly kind: "insert"; readonly newRow: Row }
    | { readonly kind: "update"; readonly newRow: Row; readonly key?: Row }
    | { readonly kind: "delete"; readonly key: Row },
  relation: Relation = NOTES,
): ReplicationEvent {
  return {
    ...place,
    table: `public.${relation.name}`,
    relation,
    key: "newRow" in change ? { id: change.newRow.id } : null,
    oldRow: null,
    lsn: place.transaction.commitLsn,
    ...change,
  } as unknown as ReplicationEvent;
}

function transactionOf(
  workload: Workload,
  changes: readonly Parameters<typeof changeOf>[1][],
  relation?: Relation,
): ReplicationEvent[] {
  return workload.transaction(
    [],
    ({ transaction }) =>
      changes.map((change, index) =>
        changeOf({ transaction, index }, change, relation)
      ),
  );
}

function inserts(ids: readonly number[]): Parameters<typeof changeOf>[1][] {
  return ids.map((id) => ({
    kind: "insert",
    newRow: { id, n: id, text: `t${id}` },
  }));
}

async function apply(
  database: DatabaseSync,
  transactions: readonly ReplicationEvent[][],
  options: Parameters<typeof deliver>[2] = {},
): Promise<void> {
  const source = { ...sourceOf([transactions.flat()]), system: SYSTEM };
  await deliver(source, applyToSqlite(database), options).done;
}

function rowsOf(database: DatabaseSync): unknown[] {
  return database.prepare("SELECT id, n, text FROM notes ORDER BY id").all()
    .map((row) => Object.values(row));
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Generates numbers between 0 and 1, the same ones in each run. */
function* randomOf(seed: number): Generator<number, never> {
  for (;;) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield seed / 2 ** 32;
  }
}

// The simplest model of the rows that the changes should produce.
class Model {
  readonly rows = new Map<number, Row>();
  readonly #random: Generator<number, never>;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next().value * limit);
  }

  change(): Parameters<typeof changeOf>[1] {
    const id = 1 + this.#below(40);
    const [n, text] = [this.#below(1000), `t${this.#below(1000)}`];
    const before = this.rows.get(id);
    const newRow: Row = { id, n, text };
    if (before === undefined) {
      this.rows.set(id, newRow);
      return { kind: "insert", newRow };
    }
    const dice = this.#below(20);
    if (dice === 0) {
      this.rows.delete(id);
      return { kind: "delete", key: { id } };
    }
    if (dice === 1) {
      this.rows.set(id, { id, n, text: before.text });
      return { kind: "update", newRow: { id, n, text: UNCHANGED } };
    }
    if ((dice === 2 || dice === 3) && !this.rows.has(id + 100)) {
      const moved = { id: id + 100, n, text: before.text };
      this.rows.delete(id);
      this.rows.set(id + 100, moved);
      const newRow = dice === 2 ? moved : { ...moved, text: UNCHANGED };
      return { kind: "update", newRow, key: { id } };
    }
    this.rows.set(id, newRow);
    return { kind: "update", newRow };
  }
}

Deno.test("applyToSqlite() leaves the rows that changes produce one by one, however many it groups", async () => {
  for (const seed of upTo(20)) {
    using database = new DatabaseSync(":memory:");
    const [model, workload] = [new Model(seed), new Workload()];
    const transactions = upTo(8).map((size) =>
      transactionOf(workload, upTo(size * 11).map(() => model.change()))
    );
    await apply(database, transactions);
    const expected = [...model.rows.values()].map(({ id, n, text }) =>
      [id, n, text] as const
    ).sort((a, b) => Number(a[0]) - Number(b[0]));
    assertEquals(rowsOf(database), expected, `seed ${seed}`);
  }
});

Deno.test("applyToSqlite() writes rows with the same key in their order, within one statement", async () => {
  using database = new DatabaseSync(":memory:");
  const changes = upTo(40).map((n) => ({
    kind: "insert" as const,
    newRow: { id: n % 3, n, text: "x" },
  }));
  await apply(database, [transactionOf(new Workload(), changes)]);
  assertEquals(rowsOf(database), [[0, 39, "x"], [1, 40, "x"], [2, 38, "x"]]);
});

Deno.test("applyToSqlite() fires a trigger for each row, and leaves generated columns to SQLite", async () => {
  using database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE TABLE notes (id INTEGER PRIMARY KEY, n INTEGER, text TEXT,
    twice INTEGER GENERATED ALWAYS AS (n * 2) STORED);
  CREATE TABLE seen (id INTEGER);
  CREATE TRIGGER x AFTER INSERT ON notes BEGIN INSERT INTO seen VALUES (new.id); END`,
  );
  const transaction = transactionOf(new Workload(), inserts(upTo(50)));
  await apply(database, [transaction]);
  assertEquals(
    database.prepare("SELECT id FROM seen").all().map(({ id }) => id),
    upTo(50),
  );
  assertEquals(
    { ...database.prepare("SELECT sum(twice) AS s FROM notes").get() },
    { s: 2 * 50 * 51 / 2 },
  );
});

Deno.test("applyToSqlite() applies rows of as many columns as SQLite allows", async () => {
  for (const width of [100, 998, 1999]) {
    using database = new DatabaseSync(":memory:");
    const names = upTo(width).map((i) => `c${i}`);
    const wide: Relation = {
      ...NOTES,
      columns: [
        ITEMS.columns[0]!,
        ...names.map((name) => ({ ...ITEMS.columns[1]!, name })),
      ],
    };
    const changes = upTo(20).map((id) => ({
      kind: "insert" as const,
      newRow: { id, ...Object.fromEntries(names.map((name) => [name, id])) },
    }));
    await apply(database, [transactionOf(new Workload(), changes, wide)]);
    assertEquals(
      {
        ...database.prepare(
          `SELECT count(*) AS n, sum(c1) AS a, sum(c${width}) AS b FROM notes`,
        ).get(),
      },
      { n: 20, a: 210, b: 210 },
    );
  }
});

const REFUSALS: Readonly<Record<string, string>> = {
  "a constraint":
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, n INTEGER CHECK (n <> 23), text TEXT)",
  ...Object.fromEntries(["ABORT", "FAIL", "ROLLBACK"].map((how) => [
    `a trigger with RAISE(${how})`,
    `CREATE TABLE notes (id INTEGER PRIMARY KEY, n INTEGER, text TEXT);
    CREATE TRIGGER x BEFORE INSERT ON notes WHEN new.n = 23
      BEGIN SELECT RAISE(${how}, 'not 23'); END`,
  ])),
};

for (const [name, table] of Object.entries(REFUSALS)) {
  Deno.test(`applyToSqlite() names the one row of many that ${name} refuses, and commits no row`, async () => {
    using database = new DatabaseSync(":memory:");
    database.exec(table);
    const workload = new Workload();
    const transaction = transactionOf(workload, inserts(upTo(64)));
    const error = await assertRejects(
      () => apply(database, [transaction]),
      DeliveryError,
    );
    assertEquals(error.key, "public.notes/23");
    assertEquals(rowsOf(database), []);
  });
}

Deno.test("applyToSqlite() waits while the disk is full, and refuses no row", async () => {
  using database = new DatabaseSync(":memory:");
  const text = "x".repeat(4000);
  const changes = upTo(100).map((id) => ({
    kind: "insert" as const,
    newRow: { id, n: id, text },
  }));
  const workload = new Workload();
  database.exec("PRAGMA max_page_count = 40");
  const source = {
    ...sourceOf([transactionOf(workload, changes)]),
    system: SYSTEM,
  };
  const sink = deliver(source, applyToSqlite(database), {
    retry: { initialDelayMs: 1, maxDelayMs: 10 },
  });
  await until(() => sink.report().destinations[0]!.retries >= 3);
  database.exec("PRAGMA max_page_count = 100000");
  await sink.done;
  assertEquals(rowsOf(database).length, 100);
});

Deno.test("applyToSqlite() waits while another program has locked the database, and refuses no row", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  try {
    using database = new DatabaseSync(path);
    using other = new DatabaseSync(path);
    database.exec("PRAGMA busy_timeout = 1");
    const workload = new Workload();
    const first = transactionOf(workload, inserts([1]));
    const second = transactionOf(workload, inserts([2]));
    await apply(database, [first]);
    other.exec("BEGIN IMMEDIATE");
    const source = { ...sourceOf([first, second]), system: SYSTEM };
    const sink = deliver(source, applyToSqlite(database), {
      retry: { initialDelayMs: 1, maxDelayMs: 10 },
    });
    await until(() => sink.report().destinations[0]!.retries >= 3);
    other.exec("COMMIT");
    await sink.done;
    assertEquals(rowsOf(database).length, 2);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("applyToSqlite() names the row that only the rows before it make refused, and commits nothing", async () => {
  using database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE TABLE notes (id INTEGER PRIMARY KEY, n INTEGER, text TEXT);
    CREATE TRIGGER x BEFORE INSERT ON notes WHEN (SELECT count(*) FROM notes) = 20
      BEGIN SELECT RAISE(ROLLBACK, 'too many'); END`,
  );
  let begins = 0;
  const contended = {
    prepare: (sql: string) => database.prepare(sql),
    exec: (sql: string) => {
      // Between the rollback and the next attempt, another program takes the lock.
      if (sql === "BEGIN IMMEDIATE" && ++begins === 2) {
        throw Object.assign(new Error("database is locked"), { errcode: 5 });
      }
      database.exec(sql);
    },
  };
  const workload = new Workload();
  const source = {
    ...sourceOf([transactionOf(workload, inserts(upTo(32)))]),
    system: SYSTEM,
  };
  const sink = deliver(source, applyToSqlite(contended), {
    retry: { initialDelayMs: 1, maxDelayMs: 1, maxAttempts: 5 },
  });
  const error = await assertRejects(() => sink.done, DeliveryError);
  assertEquals(error.key, "public.notes/21");
  assertStringIncludes(error.message, "too many");
  assertEquals(rowsOf(database), []);
  assertEquals(
    database.prepare("SELECT count(*) AS n FROM walbrook_position").get()!.n,
    0,
  );
});

Deno.test("applyToSqlite() repeats a transaction that the program has ended on the same connection", async () => {
  for (const end of ["ROLLBACK", "COMMIT"]) {
    using database = new DatabaseSync(":memory:");
    const workload = new Workload();
    const own = applyToSqlite(database);
    let writes = 0;
    const shared: Destination = {
      ...{ name: own.name, order: own.order, accepts: own.accepts },
      open: (context) => own.open(context),
      async write(batch, context) {
        const outcome = await own.write(batch, context);
        // Between two parts of the transaction.
        if (++writes === 2) database.exec(end);
        return outcome;
      },
      close: () => own.close(),
    };
    const source = {
      ...sourceOf([transactionOf(workload, inserts(upTo(40)))]),
      system: SYSTEM,
    };
    const sink = deliver(source, shared, {
      batch: { items: 10 },
      retry: { initialDelayMs: 1, maxDelayMs: 1 },
    });
    await sink.done;
    assertEquals(rowsOf(database).length, 40);
    assertEquals(sink.report().destinations[0]!.retries, 1);
    assertEquals(database.isTransaction, false);
  }
});

Deno.test("applyToSqlite() stores no position if its transaction was ended before the commit", async () => {
  using database = new DatabaseSync(":memory:");
  const workload = new Workload();
  const events = [transactionOf(workload, inserts(upTo(10)))];
  const own = applyToSqlite(database);
  await own.open({
    signal: new AbortController().signal,
    system: () => SYSTEM,
  });
  const deliveries = events[0]!.map((event) => ({
    ...{ event: event as Delivery["event"], id: "", key: null },
    body: undefined,
  }));
  const context = { attempt: 0, signal: new AbortController().signal };
  await own.write(deliveries.slice(0, -1), context);
  database.exec("ROLLBACK");
  await assertRejects(
    () => own.write(deliveries.slice(-1), context),
    DestinationError,
    "its transaction was ended",
  );
  assertEquals(
    database.prepare("SELECT count(*) AS n FROM walbrook_position").get()!.n,
    0,
  );
  await own.close();
});

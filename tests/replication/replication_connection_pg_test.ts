import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import {
  ConnectionError,
  formatLsn,
  INVALID_LSN,
  parseLsn,
  PostgresError,
  SQLSTATE,
  toLsn,
} from "@walbrook/walbrook";
import type { PostgresErrorFields } from "@walbrook/walbrook/replication";
import {
  decodePgoutputMessage,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import {
  connect,
  type CopyBothMessage,
  type ReplicationStream,
  type XLogData,
} from "@walbrook/walbrook/replication";
import {
  connectSql,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

async function rejectsWith(
  code: string,
  run: () => Promise<unknown>,
): Promise<void> {
  const error = await assertRejects(run, PostgresError);
  assertEquals(error.code, code, error.message);
}

/** Reads until enough has come; gives all XLogData so far. */
async function readUntil(
  stream: ReplicationStream,
  isEnough: (message: CopyBothMessage) => boolean,
): Promise<XLogData[]> {
  const found: XLogData[] = [];
  const reader = stream.readable.getReader();
  for (let enough = false; !enough;) {
    const { done, value } = await reader.read();
    assert(!done);
    for (const message of value) {
      if (message.kind === "XLogData") found.push(message);
      enough ||= isEnough(message);
    }
  }
  reader.releaseLock();
  return found;
}

async function drain(stream: ReplicationStream): Promise<void> {
  await stream.close();
  for await (const _batch of stream.readable);
}

const slotCount = (sql: SqlClient, name: string) =>
  sql.value(
    `SELECT count(*) FROM pg_replication_slots WHERE slot_name = '${name}'`,
  );

testOnPostgres("ReplicationConnection", async ({ server, sql }, t) => {
  const { major, url } = server;
  const notices: PostgresErrorFields[] = [];
  const open = () =>
    connect(url, { onNotice: (notice) => notices.push(notice) });

  await t.step(
    "identifySystem() tells cluster, timeline, position and database",
    async () => {
      await using connection = await open();
      const before = parseLsn(
        await sql.value("SELECT pg_current_wal_flush_lsn()") ?? "",
      );
      const system = await connection.identifySystem();
      assertEquals(
        system.systemId,
        await sql.value("SELECT system_identifier FROM pg_control_system()"),
      );
      assertEquals(system.timeline, 1);
      assert(system.xlogPos >= before);
      assertEquals(system.databaseName, "postgres");
      assertEquals(connection.serverMajor, major);
      assertEquals(
        await sql.value(
          `SELECT count(*) FROM pg_stat_activity WHERE pid = ${connection.processId}`,
        ),
        "1",
      );
      await using physical = await connect(url, { replication: "physical" });
      const { databaseName, systemId } = await physical.identifySystem();
      assertEquals([databaseName, systemId], [null, system.systemId]);
    },
  );

  await t.step("show() gives settings as text with their unit", async () => {
    await using connection = await open();
    assertEquals(await connection.show("wal_level"), "logical");
    assertEquals(await connection.show("wal_sender_timeout"), "1min");
    await rejectsWith("42704", () => connection.show("no_such_setting"));
    assertEquals(await connection.show("TimeZone"), "UTC");
  });

  await t.step("timelineHistory() has none of the first timeline", async () => {
    await using connection = await open();
    await rejectsWith(
      SQLSTATE.UNDEFINED_FILE,
      () => connection.timelineHistory(1),
    );
    assertEquals((await connection.identifySystem()).timeline, 1);
  });

  await t.step("createReplicationSlot() makes slots of each kind", async () => {
    await using connection = await open();
    const logical = await connection.createReplicationSlot("a_logical", {
      kind: "logical",
    });
    assertEquals(logical.slotName, "a_logical");
    assertEquals(logical.outputPlugin, "pgoutput");
    assertEquals(logical.snapshotName, null);
    assert(logical.consistentPoint > INVALID_LSN);
    const physical = await connection.createReplicationSlot("a_physical", {
      kind: "physical",
      reserveWal: true,
    });
    assertEquals(physical, {
      slotName: "a_physical",
      consistentPoint: physical.consistentPoint,
      snapshotName: null,
      outputPlugin: null,
    });
    await connection.createReplicationSlot("a_passing_one", {
      kind: "physical",
      temporary: true,
    });
    assertEquals(
      await sql(
        "SELECT slot_name, slot_type, temporary, restart_lsn IS NULL AS unreserved " +
          "FROM pg_replication_slots ORDER BY slot_name",
      ),
      [
        {
          slot_name: "a_logical",
          slot_type: "logical",
          temporary: "f",
          unreserved: "f",
        },
        {
          slot_name: "a_passing_one",
          slot_type: "physical",
          temporary: "t",
          unreserved: "t",
        },
        {
          slot_name: "a_physical",
          slot_type: "physical",
          temporary: "f",
          unreserved: "f",
        },
      ],
    );
    await rejectsWith(
      SQLSTATE.DUPLICATE_OBJECT,
      () => connection.createReplicationSlot("a_logical", { kind: "logical" }),
    );
    await rejectsWith(
      SQLSTATE.INVALID_NAME,
      () => connection.createReplicationSlot("Größe", { kind: "physical" }),
    );
    await connection.dropReplicationSlot("a_logical");
    await connection.dropReplicationSlot("a_physical");
    await rejectsWith(
      "42704",
      () => connection.dropReplicationSlot("a_logical"),
    );
    await connection.close();
    await untilTrue(sql, "SELECT count(*) = 0 FROM pg_replication_slots");
  });

  await t.step(
    "createReplicationSlot() exports a snapshot until the next command",
    async () => {
      await sql("CREATE TABLE seen (id int); INSERT INTO seen VALUES (1)");
      await using connection = await open();
      const { snapshotName } = await connection.createReplicationSlot(
        "exporting",
        {
          kind: "logical",
          temporary: true,
          snapshot: "export",
        },
      );
      await using other = connectSql(url);
      await sql("INSERT INTO seen VALUES (2)");
      await other("BEGIN ISOLATION LEVEL REPEATABLE READ");
      await other(`SET TRANSACTION SNAPSHOT '${snapshotName}'`);
      assertEquals(await other("SELECT id FROM seen"), [{ id: "1" }]);
      await connection.identifySystem();
      // The imported one lives on, but it can't be imported any more.
      assertEquals(await other.value("SELECT count(*) FROM seen"), "1");
      await other("ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ");
      await assertRejects(() =>
        other(`SET TRANSACTION SNAPSHOT '${snapshotName}'`)
      );
    },
  );

  await t.step(
    "createReplicationSlot() puts its snapshot to use on its own connection",
    async () => {
      await using connection = await open();
      await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const { snapshotName } = await connection.createReplicationSlot(
        "using_it",
        {
          kind: "logical",
          temporary: true,
          snapshot: "use",
        },
      );
      assertEquals(snapshotName, null);
      await sql("INSERT INTO seen VALUES (3)");
      const [result] = await connection.query(
        "SELECT id FROM public.seen ORDER BY id",
      );
      assertEquals(result?.rows, [["1"], ["2"]]);
      await connection.query("COMMIT");
    },
  );

  await t.step(
    "createReplicationSlot() takes two-phase (15) and failover (17)",
    async () => {
      await using connection = await open();
      const twoPhase = () =>
        connection.createReplicationSlot("two_phase", {
          kind: "logical",
          twoPhase: true,
        });
      const failover = () =>
        connection.createReplicationSlot("failing_over", {
          kind: "logical",
          failover: true,
        });
      if (major >= 15) {
        await twoPhase();
        assertEquals(
          await sql.value(
            "SELECT two_phase FROM pg_replication_slots WHERE slot_name = 'two_phase'",
          ),
          "t",
        );
      } else await assertRejects(twoPhase, PostgresError);
      if (major >= 17) await failover();
      else await assertRejects(failover, PostgresError);
      assertEquals((await connection.identifySystem()).timeline, 1);
    },
  );

  await t.step(
    "alterReplicationSlot() changes failover (17) and two-phase (18)",
    async () => {
      await using connection = await open();
      if (major < 17) {
        await assertRejects(
          () =>
            connection.alterReplicationSlot("two_phase", { failover: true }),
          PostgresError,
        );
        return;
      }
      await connection.alterReplicationSlot("failing_over", {
        failover: false,
      });
      assertEquals(
        await sql.value(
          "SELECT failover FROM pg_replication_slots WHERE slot_name = 'failing_over'",
        ),
        "f",
      );
      await rejectsWith(
        "42704",
        () => connection.alterReplicationSlot("none", { failover: true }),
      );
      if (major < 18) return;
      await connection.alterReplicationSlot("two_phase", {
        failover: true,
        twoPhase: false,
      });
      assertEquals(
        await sql(
          "SELECT failover, two_phase FROM pg_replication_slots WHERE slot_name = 'two_phase'",
        ),
        [{ failover: "t", two_phase: "f" }],
      );
    },
  );

  await t.step(
    "readReplicationSlot() tells of physical slots (15)",
    async () => {
      await using connection = await open();
      if (major < 15) {
        await assertRejects(
          () => connection.readReplicationSlot("x"),
          PostgresError,
        );
        return;
      }
      assertEquals(await connection.readReplicationSlot("none_such"), null);
      for (const reserveWal of [false, true]) {
        await connection.createReplicationSlot("to_read", {
          kind: "physical",
          temporary: true,
          reserveWal,
        });
        const slot = await connection.readReplicationSlot("to_read");
        assertEquals(slot?.restartTimeline, reserveWal ? 1 : null);
        assertEquals(typeof slot?.restartLsn === "bigint", reserveWal);
        await connection.dropReplicationSlot("to_read");
      }
      await rejectsWith(
        "0A000",
        () => connection.readReplicationSlot("two_phase"),
      );
    },
  );

  await t.step(
    "startReplication() streams decoded changes, and the connection goes on after it",
    async () => {
      await sql(
        "CREATE TABLE streamed (id int PRIMARY KEY); CREATE PUBLICATION p FOR ALL TABLES",
      );
      await using connection = await open();
      await connection.createReplicationSlot("streaming", { kind: "logical" });
      await sql("INSERT INTO streamed VALUES (1)");
      const options = {
        kind: "logical",
        slot: "streaming",
        pluginOptions: pgoutputOptions({
          protocolVersion: 1,
          publications: ["p"],
        }),
      } as const;
      const stream = await connection.startReplication(options);
      const found = await readUntil(
        stream,
        (message) => message.kind === "XLogData" && message.data[0] === 0x43,
      );
      const messages = found.map(({ data, walStart }) =>
        decodePgoutputMessage(data, walStart)
      );
      assertEquals(messages.map(({ kind }) => kind), [
        "begin",
        "relation",
        "insert",
        "commit",
      ]);
      await assertRejects(
        () => connection.identifySystem(),
        TypeError,
        "is busy",
      );

      await using second = await open();
      await rejectsWith(
        SQLSTATE.OBJECT_IN_USE,
        () => second.startReplication(options),
      );
      await rejectsWith(
        SQLSTATE.OBJECT_IN_USE,
        () => second.dropReplicationSlot("streaming"),
      );

      const commit = messages.at(-1);
      assert(commit?.kind === "commit");
      const { endLsn } = commit;
      await stream.sendStatusUpdate({
        write: endLsn,
        flush: endLsn,
        apply: endLsn,
      });
      // With WAIT it is dropped as soon as nobody uses it any more.
      const dropping = second.dropReplicationSlot("streaming", { wait: true });
      await drain(stream);
      assertEquals(stream.nextTimeline(), null);
      const [row] = await connection.query("SELECT 'still here'");
      assertEquals(row?.rows, [["still here"]]);
      await dropping;
      assertEquals(await slotCount(sql, "streaming"), "0");
      await rejectsWith("42704", () => connection.startReplication(options));
    },
  );

  await t.step(
    "startReplication() streams WAL as it is, without a hole",
    async () => {
      await using connection = await connect(url, { replication: "physical" });
      const { xlogPos } = await connection.identifySystem();
      const start = toLsn(xlogPos & ~0xffffffn); // the segment's beginning
      await sql(
        "INSERT INTO seen SELECT generate_series(1, 5000); SELECT pg_switch_wal()",
      );
      const end = parseLsn(
        await sql.value("SELECT pg_current_wal_flush_lsn()") ?? "",
      );
      const stream = await connection.startReplication({
        kind: "physical",
        start,
        timeline: 1,
      });
      const found = await readUntil(
        stream,
        (message) =>
          message.kind === "XLogData" &&
          message.walStart + BigInt(message.data.length) >= end,
      );
      let at: bigint = start;
      for (const { walStart, walEnd, data } of found) {
        assertEquals<bigint>(walStart, at);
        assert(walEnd >= walStart + BigInt(data.length));
        at += BigInt(data.length);
      }
      const file = await sql.value(
        `SELECT pg_walfile_name('${formatLsn(xlogPos)}')`,
      );
      const segment = await Deno.readFile(
        `${server.dataDirectory}/pg_wal/${file}`,
      );
      const bytes = concat(found.map(({ data }) => data));
      assertEquals(bytes.length >= segment.length, true);
      assert(
        bytes.subarray(0, segment.length).every((byte, i) =>
          byte === segment[i]
        ),
        "the bytes of the file",
      );
      await drain(stream);
      assertEquals((await connection.identifySystem()).timeline, 1);
    },
  );

  await t.step("query() fails without harm to the connection", async () => {
    await using connection = await open();
    const error = await assertRejects(
      () => connection.query("SELECT 1; SELECT 1/0; SELECT 2"),
      PostgresError,
    );
    assertEquals([error.code, error.severity], ["22012", "ERROR"]);
    await rejectsWith("42601", () => connection.query("SELEKT"));
    await rejectsWith(
      "57014",
      () => connection.query("COPY public.seen FROM STDIN"),
    );
    const results = await connection.query(
      "SELECT 1 AS a, NULL, 'ä'; CREATE TEMP TABLE x (); SELECT",
    );
    assertEquals(results.map(({ rows, tag }) => [rows, tag]), [
      [[["1", null, "ä"]], "SELECT 1"],
      [[], "CREATE TABLE"],
      [[[]], "SELECT 1"],
    ]);
    assertEquals(
      results[0]?.fields.map(({ name, typeOid }) => [name, typeOid]),
      [
        ["a", 23],
        ["?column?", 25],
        ["?column?", 25],
      ],
    );
    assertEquals(await connection.query(""), [{
      fields: [],
      rows: [],
      tag: "",
    }]);
  });

  await t.step("query() passes notices on", async () => {
    await using connection = await open();
    notices.length = 0;
    await connection.query(
      "DO $$ BEGIN RAISE WARNING 'hear, hear' USING ERRCODE = '01234'; END $$",
    );
    assertEquals(
      notices.map(({ severity, code, message }) => [severity, code, message]),
      [["WARNING", "01234", "hear, hear"]],
    );
  });

  await t.step(
    "copyOut() streams rows, and its end frees the connection",
    async () => {
      await using connection = await open();
      const rows = await connection.copyOut(
        "COPY (SELECT generate_series(1, 20000)) TO STDOUT",
      );
      await assertRejects(
        () => connection.query("SELECT 1"),
        TypeError,
        "is busy",
      );
      let count = 0;
      for await (const row of rows) {
        count++;
        assertEquals(new TextDecoder().decode(row), `${count}\n`);
      }
      assertEquals(count, 20_000);
      const failing = await connection.copyOut(
        "COPY (SELECT 1/(3 - g) FROM generate_series(1, 5) g) TO STDOUT",
      );
      await rejectsWith("22012", async () => {
        for await (const _row of failing);
      });
      await rejectsWith(
        "42P01",
        () => connection.copyOut("COPY none_such TO STDOUT"),
      );
      await assertRejects(
        () => connection.copyOut("SELECT 1"),
        Error,
        "is not a COPY",
      );
      await rejectsWith(
        "57014",
        () => connection.copyOut("COPY public.seen FROM STDIN"),
      );
      assertEquals((await connection.query("SELECT 1"))[0]?.rows, [["1"]]);
      const abandoned = await connection.copyOut(
        "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
      );
      await abandoned.cancel();
      await untilTrue(
        sql,
        `SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ${connection.processId}`,
      );
      await assertRejects(
        () => connection.query("SELECT 1"),
        ConnectionError,
        "is closed",
      );
    },
  );

  await t.step(
    "a signal ends a slot's creation that waits for others, and leaves nothing",
    async () => {
      await using writing = connectSql(url);
      await writing("BEGIN; INSERT INTO seen VALUES (99)");
      await using connection = await open();
      const stop = new AbortController();
      const creating = connection.createReplicationSlot("never", {
        kind: "logical",
        signal: stop.signal,
      });
      await untilTrue(
        sql,
        "SELECT count(*) = 1 FROM pg_replication_slots WHERE slot_name = 'never' AND active",
      );
      const reason = new Error("Not worth the wait");
      stop.abort(reason);
      assert(await assertRejects(() => creating) === reason);
      assertEquals(await slotCount(sql, "never"), "0");
      assertEquals((await connection.query("SELECT 1"))[0]?.rows, [["1"]]);
      const timeout = await assertRejects(() =>
        connection.query("SELECT pg_sleep(60)", {
          signal: AbortSignal.timeout(50),
        })
      );
      assertEquals((timeout as Error).name, "TimeoutError");
      assertEquals((await connection.query("SELECT 2"))[0]?.rows, [["2"]]);
      await writing("ROLLBACK");
    },
  );

  await t.step("a connection that the server ends says why", async () => {
    await using connection = await open();
    const running = connection.query("SELECT pg_sleep(60)");
    const failing = rejectsWith(SQLSTATE.ADMIN_SHUTDOWN, () => running);
    // A query that the server has not read would have the connection reset.
    await untilTrue(
      sql,
      `EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${connection.processId} AND wait_event = 'PgSleep')`,
    );
    await sql(`SELECT pg_terminate_backend(${connection.processId})`);
    await failing;
    await assertRejects(() => connection.query("SELECT 1"), ConnectionError);
    await using streaming = await open();
    await streaming.createReplicationSlot("ended", { kind: "logical" });
    const stream = await streaming.startReplication({
      kind: "logical",
      slot: "ended",
      pluginOptions: pgoutputOptions({
        protocolVersion: 1,
        publications: ["p"],
      }),
    });
    await sql(`SELECT pg_terminate_backend(${streaming.processId})`);
    await rejectsWith(SQLSTATE.ADMIN_SHUTDOWN, async () => {
      for await (const _batch of stream.readable);
    });
  });

  await t.step(
    "close() leaves no session behind, whatever is under way",
    async () => {
      const connection = await open();
      const running = connection.query("SELECT pg_sleep(60)");
      const failing = assertRejects(() => running, ConnectionError);
      await connection.close();
      await connection.close();
      await failing;
      await using idle = await open();
      const { processId } = idle;
      await idle.close();
      await untilTrue(
        sql,
        `SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ${processId}`,
      );
    },
  );
});

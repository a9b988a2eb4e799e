import { assert, assertEquals } from "@std/assert";
import {
  type Checkpoint,
  type CheckpointStore,
  subscribe,
} from "@walbrook/walbrook";
import {
  connectSql,
  NEWEST,
  type ServerContext,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { follow, followThroughCuts, record, RETRY } from "./cuts.ts";
import { fromLines } from "./journal.ts";
import { Random } from "./random.ts";
import { StrictReplica } from "./replica.ts";
import { makeWorkload, runWorkload, SET_UP } from "./workload.ts";
import { untilTrue } from "../helpers/until_true.ts";

const SEED = 20_260_101;
const TRANSACTIONS = 120;
const CUTS_AT_FRAMES = 30;
const CUTS_AT_BYTES = 20;
const SLOTS = ["frames", "bytes", "moving", "cancelled", "crash", "killed"];

const CLIENT = new URL("./journaling_client.ts", import.meta.url).pathname;

async function breakEverything(
  { server, sql }: ServerContext,
  t: Deno.TestContext,
): Promise<void> {
  const { url } = server;
  const random = new Random(SEED);
  const workload = makeWorkload(TRANSACTIONS, SEED);
  await sql(SET_UP);
  for (const slot of SLOTS) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
  }
  await runWorkload(url, workload);
  const recording = await record(url, "frames");

  await t.step("the link, between two messages", async () => {
    const { framesBeforeStream: login, frames } = recording;
    const cuts = [
      // The first connection is not tried twice: it gets as far as the stream.
      { cutAfterServerFrames: login },
      ...spread(1, login, 8, random).map((at) => ({
        cutAfterServerFrames: at,
      })),
      ...spread(login, frames - 5, CUTS_AT_FRAMES, random).map((at) => ({
        cutAfterServerFrames: at,
      })),
    ];
    const { replica, made } = await followThroughCuts(
      { url, slot: "frames" },
      cuts,
    );
    assertEquals(made, cuts.length);
    await replica.compare(sql, workload);
  });

  await t.step("the link, where a checkpoint is kept", async () => {
    const { framesBeforeStream: login, frames } = recording;
    // What was read ahead is dropped with each of them, and comes again.
    const cuts = [
      { cutAfterServerFrames: login },
      ...spread(login, frames - 5, CUTS_AT_FRAMES, random).map((at) => ({
        cutAfterServerFrames: at,
      })),
    ];
    let kept: Checkpoint | null = null;
    const checkpoint: CheckpointStore = {
      load: () => Promise.resolve(kept),
      save: (checkpoint) => {
        kept = checkpoint;
        return Promise.resolve();
      },
    };
    const { replica, made } = await followThroughCuts(
      { url, slot: "frames", checkpoint },
      cuts,
    );
    assertEquals(made, cuts.length);
    await replica.compare(sql, workload);
  });

  await t.step("the link, at any byte, in several ways", async () => {
    const { bytesBeforeStream: login, bytes } = recording;
    const cuts = [
      { cutAfterServerBytes: login },
      ...spread(1, login, 6, random).map((at) => ({
        cutAfterServerBytes: at,
      })),
      ...spread(1, 400, 5, random).map((at) => ({ cutAfterClientBytes: at })),
      ...spread(login, bytes - 200, CUTS_AT_BYTES, random).map((at) => ({
        cutAfterServerBytes: at,
        ...random.pick([
          {},
          { cutBy: "reset" as const },
          { segmentBytes: 100 },
          { mergeBytes: 5000 },
        ]),
      })),
    ];
    const { replica, made } = await followThroughCuts(
      { url, slot: "bytes" },
      cuts,
    );
    assertEquals(made, cuts.length);
    await replica.compare(sql, workload);
  });

  await t.step(
    "the link, again and again, as the slot moves on",
    async () => {
      const { bytesBeforeStream: login, bytes } = recording;
      const { replica, proxy } = await follow({ url, slot: "moving" }, {
        fault: (index) => ({
          cutAfterServerBytes: login +
            (index === 0 ? 0 : random.below(bytes / 5)),
        }),
      });
      assert(proxy.cuts >= 5, `${proxy.cuts} cuts`);
      await replica.compare(sql, workload);
    },
  );

  await t.step(
    "the walsender, cancelled, with large transactions as they are committed",
    async () => {
      let cancelled = 0;
      const cancel = (pid: number) => sql(`SELECT pg_cancel_backend(${pid})`);
      await using subscription = await subscribe({
        ...{ connection: url, slot: "cancelled", publication: "delivery" },
        ...{ until: "now", streaming: false, acknowledge: "manual" } as const,
        retry: RETRY,
        onStatus: (status) => {
          if (status.state === "retrying") cancelled++;
          if (status.state === "streaming" && cancelled < 4) {
            void cancel(status.processId);
          }
        },
      });
      const replica = new StrictReplica();
      for await (const event of subscription) {
        replica.apply(event);
        if (event.kind !== "commit") continue;
        if (replica.transactions % 20 === 0) {
          await cancel(subscription.processId);
        }
      }
      assert(cancelled > 0, "The walsender was not cancelled");
      await replica.compare(sql, workload);
    },
  );

  await t.step("the client's process", async () => {
    const journal = await Deno.makeTempFile();
    let again = 0;
    for (const haltAfter of [7, 1, 23, 58, null]) {
      again += await runClient(sql, [url, "killed", journal], haltAfter);
    }
    const replica = new StrictReplica();
    for (const entry of fromLines(await Deno.readTextFile(journal))) {
      for (const event of entry.events) replica.apply(event);
    }
    await Deno.remove(journal);
    await replica.compare(sql, workload);
    // What was kept and not acknowledged has come again.
    assert(again > 0);
  });

  await t.step("the server", async () => {
    let retries = 0;
    await using subscription = await subscribe({
      connection: url,
      slot: "crash",
      publication: "delivery",
      // So that everything comes again each time.
      acknowledge: "manual",
      retry: RETRY,
      onStatus: ({ state }) => retries += state === "retrying" ? 1 : 0,
    });
    await using again = connectSql(url);
    // What is in the buffers is still delivered; the message is not among it.
    async function crashAndSay(content: string) {
      await server.stop("immediate");
      await server.start();
      await again(`SELECT pg_logical_emit_message(true, 'p', '${content}')`);
    }
    await sql.end();
    const replica = new StrictReplica();
    for await (const event of subscription) {
      replica.apply(event);
      if (event.kind !== "commit") continue;
      const message = replica.transactional.at(-1);
      if (message === "end") break;
      if (message === "again") await crashAndSay("end");
      if (replica.transactions === 30) await crashAndSay("again");
    }
    assert(retries >= 2, `${retries} retries`);
    await replica.compare(again, {
      ...workload,
      transactions: workload.transactions + 2,
      transactional: [...workload.transactional, "again", "end"],
    });
  });
}

testOnPostgres(
  "subscribe() delivers all and nothing twice, whatever breaks",
  breakEverything,
  { settings: { logical_decoding_work_mem: "64kB" } },
);

testOnPostgres(
  "subscribe() delivers all and nothing twice, whatever breaks, with every change sent before its transaction ends",
  breakEverything,
  {
    settings: { debug_logical_replication_streaming: "immediate" },
    majors: ([16, 17, 18] as const).filter((major) => major === NEWEST),
  },
);

/** Some numbers from one up to another, in order. */
function spread(
  from: number,
  to: number,
  count: number,
  random: Random,
): number[] {
  const step = (to - from) / count;
  return Array.from(
    { length: count },
    (_, i) => Math.floor(from + (i + random.next()) * step),
  );
}

/** Runs the client until it halts and kills it there, or to its end. */
async function runClient(
  sql: SqlClient,
  args: readonly string[],
  haltAfter: number | null,
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", CLIENT, ...args, `${haltAfter ?? ""}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (!said.endsWith("halted\n")) continue;
    // The server has been told what is done, and must know of nothing more.
    await untilReport(sql);
    child.kill("SIGKILL");
  }
  const { code } = await child.status;
  assertEquals(code === 0, haltAfter === null);
  return said.split("again").length - 1;
}

async function untilReport(sql: SqlClient): Promise<void> {
  const now = await sql.value("SELECT clock_timestamp()");
  await untilTrue(
    sql,
    `EXISTS (SELECT FROM pg_stat_replication WHERE reply_time > '${now}')`,
    60_000,
  );
}

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { findNatsServer, NatsServer } from "../../examples/demo/nats_server.ts";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { faultsOf } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { prepareChaos, runChaos } from "./run_chaos.ts";
import { filesSink, natsSink, webhookSink } from "./sinks.ts";
import { drawKills } from "./victims.ts";

const hasNats = await findNatsServer() !== null;
if (!hasNats) {
  console.error(
    "SKIPPED: chaos without JetStream, since nats-server is not on this machine (Debian: apt-get install nats-server)",
  );
}

testOnPostgres(
  "nothing is lost, inverted or applied twice, although everything is killed with SIGKILL",
  async ({ server, sql }) => {
    await using stack = new AsyncDisposableStack();
    const sinks = [stack.use(webhookSink()), stack.use(await filesSink())];
    const nats = hasNats ? stack.use(await NatsServer.start()) : null;
    if (nats !== null) {
      await sql("CREATE DATABASE applied");
      const url = new URL(server.url);
      url.pathname = "/applied";
      sinks.push(await natsSink(nats.url, url.href, 1));
    }
    await prepareChaos(server.url, sinks.map(({ kind }) => kind));
    const report = await runChaos({
      ...{ server, nats, postgres: {}, sinks, seed: 3 },
      ...{ kills: 6, longestPauseMs: 1_500, rate: 200 },
      log() {},
    });
    assertEquals(sinks.flatMap((sink) => faultsOf(sink, report)), []);
    assert(report.rows.length > 20);
    await using last = connectSql(server.url);
    assertEquals(await last.value("SELECT 1"), "1");
  },
  { majors: [18] },
);

Deno.test("drawKills() draws every victim in each round, in an order that the seed decides", () => {
  const options = { kills: 24, longestPauseMs: 1_000 };
  const draw = (seed: number) => drawKills(randomNumbers(seed), 12, options);
  const indexes = draw(7).map(({ index }) => index);
  assertEquals(new Set(indexes.slice(0, 12)).size, 12);
  assertEquals(new Set(indexes.slice(12)).size, 12);
  assertNotEquals(indexes.slice(0, 12), indexes.slice(12));
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
});

Deno.test("a ledger notices gaps, inversions and repetitions", () => {
  const ledger = new Ledger();
  const take = (version: string, n: number) =>
    ledger.take(JSON.stringify({
      ...{ kind: n === 1 ? "insert" : "update", version, key: { id: 1 } },
      newRow: { id: 1, n },
    }));
  take("1", 1);
  take("1", 1);
  take("3", 3);
  take("2", 2);
  const { changes, repeated, faults } = ledger.report();
  assertEquals({ changes, repeated }, { changes: 3, repeated: 1 });
  assertEquals(faults, [
    "row 1: 3 came where 2 was due",
    "row 1: 2 came after 3",
    "row 1: 2 came where 4 was due",
  ]);
});

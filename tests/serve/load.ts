/**
 * Measures `/changes` under load: many clients over HTTP, each with the rows of one of some keys,
 * on one slot, while rows change. One client takes nothing.
 *
 * `deno task load:serve`, or with other figures: `deno run -A tests/serve/load.ts --clients=200`.
 *
 * @module
 */
import process from "node:process";
import { subscribe } from "@walbrook/walbrook";
import { serve } from "@walbrook/walbrook/serve";
import { connectSql, startPostgres } from "../helpers/postgres.ts";

const figures = { clients: 1_000, keys: 100, changes: 2_000, seconds: 60 };
for (const argument of Deno.args) {
  const match = /^--(clients|keys|changes|seconds)=(\d+)$/.exec(argument);
  if (match === null) throw new TypeError(`Cannot understand ${argument}`);
  figures[match[1] as keyof typeof figures] = Number(match[2]);
}
const { clients, keys, changes, seconds } = figures;

// The clients are a process of their own, so that the service's memory is its own.
if (Deno.env.get("LOAD_CLIENTS_OF") !== undefined) await beClients();
else await main();

async function main(): Promise<void> {
  await using server = await startPostgres({ major: 18, copied: false });
  await using sql = connectSql(server.url);
  await sql(
    `CREATE TABLE t (id int PRIMARY KEY, k int, v int, at timestamptz, note text);
    CREATE PUBLICATION p FOR TABLE t;
    INSERT INTO t SELECT i, i % ${keys}, 0, now(), repeat('x', 40) FROM generate_series(0, 19999) i`,
  );
  const subscription = await subscribe({
    connection: server.url,
    slot: { name: "s", create: true },
    publication: "p",
  });
  await using service = serve(subscription, { authorize: () => true });
  const web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    service.fetch,
  );
  const reader = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.url, ...Deno.args],
    env: { LOAD_CLIENTS_OF: `http://127.0.0.1:${web.addr.port}` },
    stdout: "piped",
  }).spawn();
  const lines = reader.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const connecting = performance.now();
  await lines.read();
  console.log(
    `${clients} clients over ${keys} keys have their rows after ${
      ((performance.now() - connecting) / 1_000).toFixed(1)
    } s, by ${service.figures.copies} copies`,
  );
  const stalled = await fetch(
    `http://127.0.0.1:${web.addr.port}/changes?table=public.t`,
  );
  // The disk is not what is measured.
  await sql("SET synchronous_commit = off");
  const memory: number[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  let written = 0;
  for (let tick = 0; performance.now() - started < seconds * 1_000; tick++) {
    // 20 transactions a second.
    const each = Math.round(changes / 20);
    const from = (tick * each) % 20_000;
    await sql(
      `UPDATE t SET v = v + 1, at = clock_timestamp() WHERE id >= ${from} AND id < ${
        from + each
      }`,
    );
    written += each;
    const next = started + (tick + 1) * 50 - performance.now();
    if (next > 0) await new Promise((resolve) => setTimeout(resolve, next));
    if (tick % 40 === 39) memory.push(Deno.memoryUsage().rss / 1e6);
  }
  const took = (performance.now() - started) / 1_000;
  const spent = process.cpuUsage();
  await sql(
    "INSERT INTO t SELECT 1000000 + i, i, -1, clock_timestamp() FROM generate_series(0, " +
      (keys - 1) + ") i",
  );
  const { value = "{}" } = await lines.read();
  const received = JSON.parse(value) as { changes: number; delays: number[] };
  await reader.status;
  const { cut } = service.figures;
  await stalled.body?.cancel().catch(() => {});
  console.log(JSON.stringify({
    secondsOfWriting: Number(took.toFixed(1)),
    changesInPerSecond: Math.round(written / took),
    changesOutPerSecond: Math.round(received.changes / took),
    delayMs: received.delays,
    rssMB: memory.map((one) => Math.round(one)),
    cut,
    cpuSeconds:
      Math.round((spent.user + spent.system - cpu.user - cpu.system) / 1e4) /
      100,
  }));
  await service.close();
  await web.shutdown();
}

async function beClients(): Promise<void> {
  const origin = Deno.env.get("LOAD_CLIENTS_OF")!;
  let ready = 0;
  let count = 0;
  let ended = 0;
  const delays: number[] = [];
  const decoder = new TextDecoder();
  const { promise: allReady, resolve: onReady } = Promise.withResolvers<void>();
  const work = Array.from({ length: clients }, async (_, i) => {
    const response = await fetch(
      `${origin}/changes?${new URLSearchParams({
        table: "public.t",
        where: `k = ${i % keys}`,
      })}`,
    );
    let isReady = false;
    for await (const chunk of response.body!) {
      const text = decoder.decode(chunk);
      if (!isReady && text.includes("event: ready")) {
        isReady = true;
        if (++ready === clients) onReady();
        continue;
      }
      if (!isReady) continue;
      // Counted without parsing: the clients are not what is measured.
      for (
        let at = text.indexOf('{"put"');
        at >= 0;
        at = text.indexOf('{"put"', at + 1)
      ) count++;
      const commit = /"commitTimeMs":(\d{13}),/.exec(text);
      if (commit !== null) delays.push(Date.now() - Number(commit[1]));
      if (text.includes('"v":-1')) {
        ended++;
        return;
      }
    }
    throw new Error(`Client ${i} was cut off`);
  });
  await allReady;
  console.log("ready");
  await Promise.all(work);
  delays.sort((a, b) => a - b);
  const at = (part: number) =>
    delays[Math.floor((delays.length - 1) * part)] ?? 0;
  console.log(
    JSON.stringify({
      changes: count,
      ended,
      delays: [at(0.5), at(0.99), at(1)],
    }),
  );
  Deno.exit();
}

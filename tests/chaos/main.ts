/**
 * Kills processes at random with SIGKILL while rows change at a steady rate: the programs that
 * deliver, the workers, nats-server, PostgreSQL, and the server of the copies. At the end it
 * compares the rows of each sink with those of the source, and checks the sink's changes one by
 * one: no gap, no inversion, nothing applied twice.
 *
 * ```sh
 * deno task chaos                               # 60 kills, 500 changes a second
 * deno task chaos --kills 200 --rate 1000 --pause 2000
 * deno task chaos --seed 7                      # the victims and pauses of an earlier run
 * ```
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { findNatsServer, NatsServer } from "../../examples/demo/nats_server.ts";
import {
  HAS_LIBRDKAFKA,
  MockCluster,
} from "../../packages/kafka/tests/mock_cluster.ts";
import { connectSql, startPostgres } from "../helpers/postgres.ts";
import { kafkaSink } from "./kafka_sink.ts";
import { prepareChaos, runChaos } from "./run_chaos.ts";
import {
  type ChaosSink,
  filesSink,
  natsSink,
  postgresSink,
  sqliteSink,
  webhookSink,
} from "./sinks.ts";
import { faultsOf } from "./faults.ts";

const flags = parseArgs(Deno.args, {
  string: ["kills", "seed", "rate", "pause"],
  default: {
    ...{ kills: "60", rate: "500", pause: "8000" },
    seed: `${1 + crypto.getRandomValues(new Uint16Array(1))[0]!}`,
  },
});

async function main(): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres({ major: 18 }));
  // The copies are on a separate server.
  const target = stack.use(await startPostgres({ major: 18 }));
  const copyIn = async (name: string) => {
    await using sql = connectSql(target.url);
    await sql(`CREATE DATABASE ${name}`);
    const url = new URL(target.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  const sinks: ChaosSink[] = [
    webhookSink(),
    await filesSink(),
    await sqliteSink(),
    await postgresSink(await copyIn("copy")),
  ];
  let nats: NatsServer | null = null;
  if (await findNatsServer() !== null) {
    nats = stack.use(await NatsServer.start());
    sinks.push(await natsSink(nats.url, await copyIn("applied"), 3));
  } else console.error("SKIPPED: nats, since there is no nats-server");
  if (HAS_LIBRDKAFKA) {
    // The mock cluster keeps the last 5 MB of a partition, and drops older records.
    const cluster = stack.use(
      new MockCluster(1, { "chaos.public.counters": 64 }),
    );
    sinks.push(kafkaSink(cluster.brokers));
  } else console.error("SKIPPED: kafka, since there is no librdkafka");
  for (const sink of sinks) stack.use(sink);
  console.error(`Seed ${flags.seed}`);
  await prepareChaos(server.url, sinks.map(({ kind }) => kind));
  const report = await runChaos({
    ...{ server, nats, sinks },
    postgres: { PostgreSQL: server, "PostgreSQL of the copies": target },
    kills: Number(flags.kills),
    longestPauseMs: Number(flags.pause),
    rate: Number(flags.rate),
    seed: Number(flags.seed),
    log: (line) => console.error(line),
  });
  console.log(
    `Seed ${flags.seed}: ${report.changes} changes in ${
      Math.round(report.seconds)
    } s, ${Math.round(report.changes / report.seconds)} a second`,
  );
  console.log("| sink | changes | repeated | faults |");
  console.log("| --- | --- | --- | --- |");
  let count = 0;
  for (const sink of sinks) {
    const { changes, repeated } = report.sinks[sink.kind]!;
    const faults = faultsOf(sink, report);
    count += faults.length;
    console.log(
      `| ${sink.kind} | ${changes} | ${repeated} | ${faults.length} |`,
    );
    for (const fault of faults.slice(0, 5)) console.error(fault);
  }
  console.log(`Killed: ${JSON.stringify(report.kills)}`);
  return count === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());

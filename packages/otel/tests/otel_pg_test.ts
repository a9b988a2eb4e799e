import { assert, assertEquals } from "@std/assert";
import {
  BasicTracerProvider,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { subscribe } from "@walbrook/walbrook";
import { deliver, type Delivery } from "@walbrook/walbrook/sink";
import { annotate } from "@walbrook/walbrook/stages";
import { testOnPostgres } from "../../../tests/helpers/postgres.ts";
import { until } from "../../../tests/helpers/until.ts";
import { traced } from "../mod.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

testOnPostgres(
  "a delivered batch is linked to the request that made its changes",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    const spans: ReadableSpan[] = [];
    const tracer = new BasicTracerProvider({
      spanProcessors: [{
        onStart: () => {},
        onEnd: (span) => void spans.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      }],
    }).getTracer("test");
    const subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true, temporary: true },
      publication: "p",
      acknowledge: "manual",
    });
    const written: Delivery[] = [];
    await using _sink = deliver(
      subscription,
      traced({
        name: "hook",
        accepts: ["insert"],
        write: (batch) => {
          written.push(...batch);
          return Promise.resolve();
        },
      }, { tracer }),
      { stages: [annotate({ prefix: "app" })] },
    );
    await sql(
      "BEGIN; " +
        `SELECT pg_logical_emit_message(true, 'app', '{"traceparent": "00-${TRACE}-b7ad6b7169203331-01"}'); ` +
        "INSERT INTO t VALUES (1); COMMIT",
    );
    await until(() => spans.length > 0);
    assertEquals(written.map(({ event }) => event.kind), ["insert"]);
    const [span] = spans;
    assertEquals(span?.name, "send hook");
    assertEquals(span?.links.map(({ context }) => context.traceId), [TRACE]);
    assert(span?.links[0]?.context.isRemote);
  },
  { majors: [18] },
);

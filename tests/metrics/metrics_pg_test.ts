import { assert, assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { deliver } from "@walbrook/walbrook/sink";
import { metricsOf, prometheusText } from "../../src/metrics/mod.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { parsePrometheus } from "./parse_prometheus.ts";

testOnOldestAndNewest(
  "metricsOf() shows what a subscription and its delivery do",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t",
    );
    const subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true, temporary: true },
      publication: "p",
      acknowledge: "manual",
      slotGuard: { intervalMs: 50 },
    });
    await using sink = deliver(subscription, {
      name: "hook",
      write: () => Promise.resolve(),
    });
    const value = (name: string, label?: string) =>
      parsePrometheus(prometheusText(metricsOf(subscription, { sink }))).find(
        (sample) =>
          sample.name === name &&
          (label === undefined || Object.values(sample.labels).includes(label)),
      )?.value;
    assertEquals(value("walbrook_up"), 1);
    await sql("INSERT INTO t SELECT generate_series(1, 7)");
    await until(() => value("walbrook_sink_delivered_total", "hook") === 7);
    assertEquals(value("walbrook_events_total", "insert"), 7);
    await until(() => value("walbrook_transactions_total") === 1);
    assert(value("walbrook_sink_write_seconds_count", "hook")! > 0);
    assert(value("walbrook_received_bytes_total")! > 0);
    await until(() => value("walbrook_pending") === 0);
    await until(() => value("walbrook_lag_seconds") === 0);
    await until(() => value("walbrook_slot_retained_bytes") !== undefined);
    await sink.close();
    assertEquals(value("walbrook_up"), 0);
    assertEquals(value("walbrook_state", "closed"), 1);
  },
);

import { readTopic } from "../../packages/kafka/tests/read_topic.ts";
import { Ledger } from "./ledger.ts";
import type { ChaosSink } from "./sinks.ts";

/** A topic. */
export function kafkaSink(brokers: readonly string[]): ChaosSink {
  return {
    kind: "kafka",
    programs: [["kafka", brokers.join(",")]],
    repeats: true,
    async report() {
      const ledger = new Ledger();
      const values = await readTopic([...brokers], "chaos.public.counters");
      for (const value of values) ledger.take(value);
      return ledger.report();
    },
    async [Symbol.asyncDispose]() {},
  };
}

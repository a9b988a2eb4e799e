import { assert, assertEquals, assertMatch } from "@std/assert";
import { partitionOf } from "@walbrook/nats";
import type { DeliveredEvent } from "@walbrook/walbrook/sink";
import { keyText, type RowEvent } from "@walbrook/walbrook/encode";
import { ITEMS, Workload } from "../../../tests/sink/workload.ts";
import { problemOf } from "../src/publisher/check_stream.ts";
import { readAck } from "../src/publisher/ack.ts";
import { subjectOf } from "../src/subjects.ts";

const PARTS = { prefix: "cdc", partitions: 1 };

function subjectFor(id: unknown, name = "items"): string {
  const [, change] = new Workload().transaction([1]);
  const event = {
    ...change,
    table: `public.${name}`,
    relation: { ...ITEMS, name },
    newRow: { id, n: 1 },
  } as DeliveredEvent & RowEvent;
  return subjectOf(event, keyText(event)!, PARTS);
}

Deno.test("subjects have five tokens, whatever a key or a table is called", () => {
  const names = ["", ".", "*", ">", "a b", "é", "a.b", "%", "=", "a,b", "\n"];
  const subjects = new Set<string>();
  for (const name of names) {
    const subject = subjectFor(name);
    assertMatch(subject, /^cdc\.0\.public\.items\.[\w=\/-]+$/);
    subjects.add(subject);
  }
  assertEquals(subjects.size, names.length);
  assertEquals(subjectFor("é"), "cdc.0.public.items.=C3=A9");
  assertEquals(subjectFor(1, "sp ot"), "cdc.0.public.sp=20ot.1");
});

Deno.test("subjects stay short, and those of long keys differ by their keys", () => {
  const long = "x".repeat(5_000);
  assert(subjectFor(long).length < 300);
  assert(subjectFor(`${long}a`) !== subjectFor(`${long}b`));
});

Deno.test("a key is in one partition, and keys spread over all of them", () => {
  const counts = new Array(8).fill(0);
  for (let id = 0; id < 8_000; id++) {
    counts[partitionOf(`public.items/${id}`, 8)]++;
  }
  for (const count of counts) assert(count > 800 && count < 1_200, `${counts}`);
  // FNV-1a of UTF-8, as others compute it.
  assertEquals(partitionOf("a", 2 ** 32), 0xe40c292c);
  assertEquals(partitionOf("é", 2 ** 32), 0x1e9de8c1);
});

Deno.test("what JetStream answers says whether to try again", () => {
  const refuse = (err_code: number) =>
    readAck(
      JSON.stringify({ error: { err_code, description: "no" } }),
      "error",
    );
  const verdict = (ack: ReturnType<typeof readAck>) =>
    ack.kind === "refused" ? ack.verdict : ack.kind;
  assertEquals(verdict(refuse(10054)), "poison");
  assertEquals(verdict(refuse(10077)), "retry");
  assertEquals(verdict(refuse(10060)), "end");
  assertEquals(verdict(readAck("", "CDC")), "retry");
  // A stream of that name is no error.
  assertEquals(
    verdict(readAck('{"stream":"error","seq":1}', "error")),
    "stored",
  );
  assertEquals(
    readAck('{"stream":"CDC","seq":1,"duplicate":true}', "CDC"),
    { kind: "stored", isDuplicate: true },
  );
});

Deno.test("a stream has to take all subjects, and to answer", () => {
  const config = {
    ...{ subjects: ["cdc.>"], no_ack: false, sealed: false },
    duplicate_window: 1,
  };
  const problem = (more: object, subjects = "cdc.>") =>
    problemOf({ ...config, ...more }, { stream: "CDC", subjects });
  assertEquals(problem({}), null);
  assertEquals(problem({ subjects: [">"] }), null);
  assertEquals(problem({ subjects: ["a.>", "*.>"] }), null);
  assertMatch(problem({ subjects: ["cdc.*"] })!, /takes cdc\.\*, and not/);
  assertMatch(problem({ subjects: ["cdc.x.>"] })!, /and not cdc\.>/);
  assertMatch(problem({ subjects: [] })!, /takes no subject/);
  assertMatch(problem({ no_ack: true })!, /no_ack/);
  assertMatch(problem({ sealed: true })!, /sealed/);
  assertEquals(problem({}, "cdc.a.>"), null);
});

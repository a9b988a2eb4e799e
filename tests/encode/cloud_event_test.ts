import { assertEquals } from "@std/assert";
import { type CloudEvent, HTTP } from "cloudevents";
import type { ReplicationEvent } from "@walbrook/walbrook";
import { toCloudEvent, toJson, version } from "@walbrook/walbrook/encode";
import {
  BEGIN,
  COMMIT,
  insert,
  message,
  table,
  TRUNCATE,
  update,
} from "../examples/events.ts";

const OPTIONS = { source: "postgres://shop/7412061329485321" };
const ORDERS = table("public.orders", ["id*", "status"]);

// Another implementation of the specification, which checks what it reads.
function read(text: string): CloudEvent<unknown> {
  const event = HTTP.toEvent({
    headers: { "content-type": "application/cloudevents+json" },
    body: text,
  }) as CloudEvent<unknown>;
  const isValid: unknown = event.validate();
  assertEquals(isValid, true);
  return event;
}

Deno.test("toCloudEvent() writes what the CloudEvents SDK accepts and reads the same", () => {
  const event = update(ORDERS, {
    key: { id: 1n },
    oldRow: null,
    newRow: { id: 1n, status: 'say "hi"' },
  });
  const text = toCloudEvent(event, OPTIONS)!;
  const found = read(text);
  // The SDK keeps milliseconds.
  assertEquals(JSON.parse(text).time, "2026-09-21T14:13:20.123456Z");
  assertEquals(found.specversion, "1.0");
  assertEquals(found.id, version(event));
  assertEquals(found.source, OPTIONS.source);
  assertEquals(found.type, "walbrook.change.update");
  assertEquals(found.subject, "public.orders/1");
  assertEquals(found.time, "2026-09-21T14:13:20.123Z");
  assertEquals(found.datacontenttype, "application/json");
  assertEquals(found["sequence"], version(event));
  assertEquals(found["partitionkey"], "public.orders/1");
  assertEquals(found.data, JSON.parse(toJson(event)));
});

const SUBJECTS: readonly (readonly [ReplicationEvent, string, string])[] = [
  [TRUNCATE, "com.example.truncate", "public.a,audit.b"],
  [message("x"), "com.example.message", "audit"],
  [
    { ...insert({ id: 1 }), relation: table("public.log", ["id"], "full") },
    "com.example.insert",
    "public.log",
  ],
];

for (const [event, type, subject] of SUBJECTS) {
  Deno.test(`toCloudEvent() writes the ${event.kind} of ${subject}`, () => {
    const text = toCloudEvent(event, { ...OPTIONS, typePrefix: "com.example" });
    const found = read(text!);
    assertEquals([found.type, found.subject], [type, subject]);
  });
}

Deno.test("toCloudEvent() of a message outside of a transaction has no time", () => {
  const text = toCloudEvent(message("x", null), OPTIONS)!;
  assertEquals("time" in JSON.parse(text), false);
  read(text);
});

Deno.test("toCloudEvent() passes over what changes nothing", () => {
  for (const event of [BEGIN, COMMIT]) {
    assertEquals(toCloudEvent(event, OPTIONS), null);
  }
});

Deno.test("toCloudEvent() takes columns for keys that the server does not name", () => {
  const event = {
    ...insert({ id: 1 }),
    relation: table("public.log", ["id"], "full"),
  };
  const keys = { "public.log": ["id"] };
  const text = toCloudEvent(event, { ...OPTIONS, keys })!;
  assertEquals(read(text).subject, "public.log/1");
});

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Webhook } from "standardwebhooks";
import {
  deliver,
  DeliveryError,
  memoryDeadLetters,
} from "@walbrook/walbrook/sink";
import { webhook, type WebhookOptions } from "@walbrook/walbrook/webhook";
import { judgeStatus, retryAfterMs } from "../../src/webhook/judge_response.ts";
import { makeSigner } from "../../src/webhook/sign.ts";
import { sourceOf, Workload } from "../sink/workload.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { type Received, Receiver, SECRET } from "./receiver.ts";

const QUICK = { initialDelayMs: 2, maxDelayMs: 10 };

/** The rows that a receiver has, which drops what it has already. */
class Rows {
  readonly rows = new Map<number, number>();
  readonly faults: string[] = [];
  readonly #versions = new Set<string>();
  repeated = 0;

  take(changes: readonly Received[]): void {
    for (const { version, newRow } of changes) {
      if (this.#versions.has(version)) {
        this.repeated++;
        continue;
      }
      this.#versions.add(version);
      const { id, n } = newRow!;
      if ((this.rows.get(id) ?? n - 1) + 1 !== n) {
        this.faults.push(`row ${id}: ${n} behind ${this.rows.get(id)}`);
      }
      this.rows.set(id, n);
    }
  }
}

const SHAPES = [
  { lanes: 1, batched: false, items: 1 },
  { lanes: 16, batched: false, items: 1 },
  { lanes: 4, batched: true, items: 20 },
];

for (const { lanes, batched, items } of SHAPES) {
  Deno.test(`webhook() keeps the order of each key at a receiver that fails in every way: ${lanes} lanes of ${items}`, async () => {
    const random = randomNumbers(3);
    const rows = new Rows();
    const isRefused = ({ newRow }: Received) =>
      newRow!.id === 7 && newRow!.n === 3;
    await using receiver = new Receiver(async (changes) => {
      const chance = random(1000);
      if (chance < 80) return new Response("busy", { status: 503 });
      if (changes.some(isRefused)) return new Response("no", { status: 422 });
      rows.take(changes);
      // It has stored them, and says that it has not.
      if (chance < 160) return new Response("", { status: 500 });
      if (chance < 165) {
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return new Response("ok");
    });
    const workload = new Workload();
    const batches = Array.from(
      { length: 120 },
      () => workload.transaction(Array.from({ length: 5 }, () => random(20))),
    );
    const source = sourceOf(batches);
    const letters = memoryDeadLetters();
    const sink = deliver(
      source,
      webhook({ url: receiver.url, secret: SECRET, batched, timeoutMs: 150 }),
      { lanes, batch: { items }, retry: QUICK, poison: letters },
    );
    await sink.done;
    assertEquals(receiver.badSignatures, 0);
    assertEquals(rows.faults, []);
    assertEquals(source.acknowledged.length, 120);
    assert(rows.repeated > 0);
    // All but the refused row and what came behind it.
    for (const [id, n] of workload.counts) {
      assertEquals(rows.rows.get(id), id === 7 ? 2 : n, `row ${id}`);
    }
    const counts = letters.letters.map(({ event }) =>
      (event as unknown as Received).newRow!.n
    );
    const expected = workload.counts.get(7)! - 2;
    assertEquals(counts, Array.from({ length: expected }, (_, i) => i + 3));
  });
}

Deno.test("webhook() sends a change under the same id each time, signed anew", async () => {
  let left = 2;
  await using receiver = new Receiver(() =>
    new Response(null, { status: left-- > 0 ? 503 : 204 })
  );
  const workload = new Workload();
  const destination = webhook({ url: receiver.url, secret: SECRET });
  await deliver(sourceOf([workload.transaction([1])]), destination, {
    retry: QUICK,
  }).done;
  assertEquals(receiver.ids, Array(3).fill("0000000000001100-00000000"));
  assertEquals(receiver.badSignatures, 0);
});

Deno.test("webhook() signs with each of several secrets", async () => {
  const secrets = [SECRET, `whsec_${btoa("another secret of 24 byte")}`];
  const body = new TextEncoder().encode('{"a":1}');
  const now = Math.floor(Date.now() / 1000);
  const signature = await makeSigner(secrets).sign("id", now, body);
  for (const secret of secrets) {
    new Webhook(secret).verify('{"a":1}', {
      "webhook-id": "id",
      "webhook-timestamp": `${now}`,
      "webhook-signature": signature,
    });
  }
});

Deno.test("webhook() obeys Retry-After", async () => {
  const times: number[] = [];
  await using receiver = new Receiver(() => {
    times.push(performance.now());
    return times.length === 1
      ? new Response("", { status: 429, headers: { "retry-after": "1" } })
      : new Response("");
  });
  const destination = webhook({ url: receiver.url, secret: SECRET });
  const source = sourceOf([new Workload().transaction([1])]);
  await deliver(source, destination, { retry: QUICK }).done;
  assert(times[1]! - times[0]! > 990);
});

const RETRY_AFTER: readonly (readonly [string | null, number])[] = [
  [null, 0],
  ["120", 120_000],
  ["0", 0],
  ["Thu, 01 Jan 1970 00:00:07 GMT", 5_000],
  ["Thu, 01 Jan 1970 00:00:01 GMT", 0],
  ["soon", 0],
  ["-5", 0],
  ["999999999", 3_600_000],
];

for (const [text, expected] of RETRY_AFTER) {
  Deno.test(`retryAfterMs() reads ${text}`, () => {
    assertEquals(retryAfterMs(text, 2_000), expected);
  });
}

const STATUSES: readonly (readonly [number, string])[] = [
  [200, "done"],
  [204, "done"],
  [0, "end"],
  [301, "end"],
  [400, "refused"],
  [401, "end"],
  [404, "end"],
  [408, "retry"],
  [410, "end"],
  [413, "refused"],
  [422, "refused"],
  [425, "retry"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
];

for (const [status, verdict] of STATUSES) {
  Deno.test(`judgeStatus() takes ${status} for ${verdict}`, () => {
    assertEquals(judgeStatus(status), verdict);
  });
}

Deno.test("webhook() follows no redirect: the changes are for this address alone", async () => {
  let elsewhere = 0;
  await using other = new Receiver(() => {
    elsewhere++;
    return new Response("");
  });
  await using receiver = new Receiver(() => Response.redirect(other.url, 307));
  const destination = webhook({ url: receiver.url, secret: SECRET });
  const sink = deliver(
    sourceOf([new Workload().transaction([1])]),
    destination,
    { poison: memoryDeadLetters() },
  );
  await assertRejects(() => sink.done, DeliveryError, "answered 307");
  assertEquals(elsewhere, 0);
});

Deno.test("webhook() ends where the address is gone", async () => {
  await using receiver = new Receiver(() =>
    new Response("moved away\n", { status: 410 })
  );
  const sink = deliver(
    sourceOf([new Workload().transaction([1])]),
    webhook({ url: receiver.url, secret: SECRET }),
    { poison: memoryDeadLetters() },
  );
  await assertRejects(() => sink.done, DeliveryError, "410: moved away");
});

Deno.test("webhook() lets the caller judge an answer", async () => {
  await using receiver = new Receiver(() => new Response("", { status: 409 }));
  const source = sourceOf([new Workload().transaction([1])]);
  const sink = deliver(
    source,
    webhook({
      url: receiver.url,
      secret: SECRET,
      judge: ({ status }) => status === 409 ? "done" : "retry",
    }),
  );
  await sink.done;
  assertEquals(source.acknowledged.length, 1);
});

Deno.test("webhook() tries again where nobody listens yet", async () => {
  const placeholder = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = placeholder.addr;
  placeholder.close();
  const failures: number[] = [];
  let server: Deno.HttpServer | undefined;
  const sink = deliver(
    sourceOf([new Workload().transaction([1])]),
    webhook({ url: `http://127.0.0.1:${port}/`, secret: SECRET }),
    {
      retry: QUICK,
      onFailure: ({ attempts }) => {
        failures.push(attempts);
        server ??= Deno.serve(
          { port, hostname: "127.0.0.1", onListen() {} },
          () => new Response(""),
        );
      },
    },
  );
  await sink.done;
  await server!.shutdown();
  assertEquals(failures[0], 1);
});

const WRONG: readonly (readonly [
  string,
  Partial<WebhookOptions>,
  typeof TypeError | typeof SyntaxError,
  string,
])[] = [
  ["no URL", { url: "hook" }, TypeError, "the address is not a URL"],
  ["a file", { url: "file:///hook" }, TypeError, 'of "file:"'],
  [
    "a password",
    { url: "https://me:hush@example.com/" },
    TypeError,
    'pass the header "authorization"',
  ],
  ["a secret of another form", { secret: "hush%" }, SyntaxError, "whsec_"],
  ["an empty secret", { secret: "whsec_" }, SyntaxError, "whsec_"],
];

for (const [what, options, ErrorClass, message] of WRONG) {
  Deno.test(`webhook() refuses ${what}, and shows no secret`, () => {
    const error = assertThrows(
      () =>
        webhook({ url: "https://example.com/", secret: SECRET, ...options }),
      ErrorClass,
      message,
    );
    assert(!error.message.includes("hush"));
  });
}

Deno.test("webhook() says that it needs a secret", () => {
  const url = "https://example.com/hook";
  for (const options of [{ url }, { url, secret: [] }]) {
    assertThrows(
      () => webhook(options as unknown as Parameters<typeof webhook>[0]),
      TypeError,
      "Cannot send webhooks without a secret",
    );
  }
});

Deno.test("webhook() is named after the origin, since the rest of the address may be secret", () => {
  const { name } = webhook({
    url: "https://example.com:8443/hooks/hush?token=hush#x",
    secret: SECRET,
  });
  assertEquals(name, "https://example.com:8443");
});

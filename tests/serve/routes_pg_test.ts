import { assertEquals, assertMatch } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { serve, type ServeOptions } from "@walbrook/walbrook/serve";
import { testOnPostgres } from "../helpers/postgres.ts";
import { Watcher } from "./watcher.ts";

testOnPostgres(
  "a service answers each path to those who may ask",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE PUBLICATION p FOR TABLE t",
    );
    const problems: unknown[] = [];
    const open = async (slot: string, options: ServeOptions) =>
      serve(
        await subscribe({
          connection: server.url,
          slot: { name: slot, create: true, temporary: true },
          publication: "p",
        }),
        {
          onProblem: (error) => problems.push(error),
          ...options,
        },
      );
    await using guarded = await open("guarded", {
      token: "s3cret",
      hosts: ["live.example.com"],
      limits: { keepaliveMs: 20 },
    });
    await using bare = await open("bare", {});
    const ask = async (
      service: typeof guarded,
      path: string,
      init: RequestInit = {},
      origin = "http://localhost:8080",
    ) => {
      const response = await service.fetch(new Request(origin + path, init));
      const stream =
        response.headers.get("content-type") === "text/event-stream";
      const text = stream ? "" : await response.text();
      if (stream) await response.body?.cancel();
      return { status: response.status, headers: response.headers, text };
    };
    const bearer = { headers: { authorization: "Bearer s3cret" } };
    for (
      const [path, init, status] of [
        ["/health", {}, 200],
        ["/ready", {}, 200],
        ["/metrics", {}, 401],
        ["/metrics", bearer, 200],
        ["/doctor", bearer, 404],
        ["/events", {}, 401],
        ["/events", bearer, 200],
        ["/changes?table=public.t", {}, 401],
        ["/changes?table=public.t", bearer, 200],
        ["/", {}, 401],
        ["/", bearer, 200],
        ["/?token=wrong", {}, 401],
        ["/retry", { method: "POST", ...bearer }, 403],
        ["/retry", { method: "GET", ...bearer }, 405],
        ["/health", { method: "DELETE" }, 405],
        ["/health", { method: "HEAD" }, 200],
        ["/metrics", { method: "HEAD" }, 401],
        ["/metrics", { method: "HEAD", ...bearer }, 200],
        ["/events", { method: "HEAD", ...bearer }, 200],
        ["/changes?table=public.t", { method: "HEAD", ...bearer }, 200],
        ["/retry", { method: "HEAD", ...bearer }, 405],
        ["/nowhere", { method: "HEAD" }, 404],
        ["/token", { method: "POST", body: `token=${"x".repeat(3_000)}` }, 401],
        ["/token", { method: "POST", body: `token=${"x".repeat(5_000)}` }, 413],
        ["/constructor", bearer, 404],
        ["/__proto__", bearer, 404],
        ["/nowhere", {}, 404],
      ] as const
    ) {
      assertEquals([path, (await ask(guarded, path, init)).status], [
        path,
        status,
      ]);
    }
    // HEAD is answered like GET, but starts no stream and no copy.
    for (const path of ["/health", "/ready", "/metrics"]) {
      const got = await ask(guarded, path, bearer);
      const head = await ask(guarded, path, { method: "HEAD", ...bearer });
      assertEquals([head.status, head.text], [got.status, ""]);
      assertEquals(
        head.headers.get("content-type"),
        got.headers.get("content-type"),
      );
    }
    assertEquals(
      [guarded.figures.clients, guarded.figures.copies],
      [0, 1],
      "the copy is that of the GET above",
    );
    // Without a token everything but the tables is open to whoever reaches it.
    for (
      const [path, status] of [["/", 200], ["/metrics", 200], [
        "/changes?table=public.t",
        403,
      ]] as const
    ) {
      assertEquals([path, (await ask(bare, path)).status], [path, status]);
    }
    // DNS rebinding: another site's name that resolves to this machine.
    assertEquals(
      (await ask(bare, "/", {}, "http://evil.example:8080")).status,
      421,
    );
    assertEquals(
      (await ask(bare, "/health", {}, "http://evil.example:8080")).status,
      421,
    );
    assertEquals(
      (await ask(guarded, "/health", {}, "https://live.example.com")).status,
      200,
    );

    const entered = await ask(
      guarded,
      "/?token=s3cret",
      {},
      "https://live.example.com",
    );
    assertEquals([entered.status, entered.headers.get("location")], [303, "/"]);
    const cookie = entered.headers.get("set-cookie") ?? "";
    assertMatch(
      cookie,
      /^walbrook_token=s3cret; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
    );
    assertEquals(
      (await ask(guarded, "/", { headers: { cookie: cookie.split(";")[0]! } }))
        .status,
      200,
    );

    const { headers, text } = await ask(guarded, "/", bearer);
    assertMatch(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'nonce-/,
    );
    assertEquals(
      /(?:src|href)="(?!#|data:|\/)/.test(text),
      false,
      "asks others",
    );
    const metrics = await ask(guarded, "/metrics", bearer);
    assertMatch(metrics.text, /^walbrook_up 1$/m);

    const stream = await guarded.fetch(
      new Request("http://localhost/changes?table=public.t", bearer),
    );
    assertEquals(stream.headers.get("x-accel-buffering"), "no");
    assertMatch(stream.headers.get("cache-control") ?? "", /no-store/);
    const reader = stream.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    let heard = "";
    // A comment that keeps the connection open, with the position.
    while (!/\n:\nid: \w+-\w+-[\dA-F/]+\n\n/.test(heard)) {
      if (heard.length > 100_000) {
        throw new Error(`Waited in vain: ${heard.slice(-200)}`);
      }
      heard += (await reader.read()).value ?? "";
    }
    await reader.cancel();

    // At the end of the subscription every response ends, and the process is to be restarted.
    await using client = await Watcher.open(
      (request) => guarded.fetch(new Request(request, bearer)),
      { table: "public.t" },
    );
    await client.ready();
    await guarded.close();
    while (await client.next() !== null);
    assertEquals((await ask(guarded, "/health")).status, 503);
    assertEquals((await ask(guarded, "/ready")).status, 503);
    assertEquals(
      (await ask(guarded, "/changes?table=public.t", bearer)).status,
      503,
    );
    assertEquals(problems, []);
  },
  { majors: [18] },
);

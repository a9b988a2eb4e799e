import { assertEquals } from "@std/assert";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { nodeListener } from "@walbrook/walbrook/serve";
import { readBody } from "../../src/serve/http/read_body.ts";
import { until } from "../helpers/until.ts";

async function withServer(
  answer: (request: Request) => Promise<Response> | Response,
  run: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(
    nodeListener((request) => Promise.resolve(answer(request))),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await run((server.address() as AddressInfo).port);
  } finally {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request with `node:http`, which allows any header, and leaves no connection open. */
function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, parts = [] }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly parts?: readonly string[];
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => text += part);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text });
        });
      },
    );
    asked.on("error", reject);
    for (const part of parts) asked.write(part);
    asked.end();
  });
}

Deno.test("nodeListener() passes on whole requests and responses", async () => {
  await withServer(async (request) => {
    const { method, url, headers } = request;
    const body = await request.text();
    return new Response(
      JSON.stringify({ method, url, tag: headers.get("x-tag"), body }),
      {
        status: 201,
        headers: [
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
          ["content-type", "application/json"],
        ],
      },
    );
  }, async (port) => {
    const host = "live.example.com:8080";
    const got = await ask(port, "/a?b=c%20d", { headers: { host } });
    assertEquals(got.status, 201);
    assertEquals(got.headers["set-cookie"], ["a=1", "b=2"]);
    assertEquals(JSON.parse(got.text), {
      ...{ method: "GET", url: `http://${host}/a?b=c%20d` },
      ...{ tag: null, body: "" },
    });
    const parts = ["one ", "två ", "x".repeat(100_000)];
    const put = await ask(port, "//c", {
      ...{ method: "PUT", parts },
      headers: { host, "x-tag": "t" },
    });
    assertEquals(JSON.parse(put.text), {
      ...{ method: "PUT", url: `http://${host}//c` },
      ...{ tag: "t", body: parts.join("") },
    });
  });
});

Deno.test("nodeListener() accepts a whole URL as the target, whose host counts", async () => {
  await withServer(
    ({ url, headers }) => new Response(`${url} ${headers.get("host")}`),
    async (port) => {
      const target = async (path: string) =>
        (await ask(port, path, { headers: { host: "other.example" } })).text;
      assertEquals(
        await target("http://live.example.com:8080/a?b=c#d"),
        "http://live.example.com:8080/a?b=c#d live.example.com:8080",
      );
      assertEquals(
        await target("HTTPS://live.example.com"),
        "https://live.example.com/ live.example.com",
      );
      assertEquals(await target("*"), "http://other.example/ other.example");
      const { status } = await ask(port, "http://user:secret@a/", {});
      assertEquals(status, 400);
      assertEquals((await ask(port, "http://[/", {})).status, 400);
    },
  );
});

Deno.test("nodeListener() answers 400 to a host that no URL can have, and to TRACE", async () => {
  await withServer(() => new Response("reached"), async (port) => {
    const { status } = await ask(port, "/", { headers: { host: "a b" } });
    assertEquals(status, 400);
    assertEquals((await ask(port, "/", { method: "TRACE" })).status, 400);
  });
});

Deno.test("a body that is too long gets a response, instead of the end of the connection", async () => {
  await withServer(async (request) => {
    const body = await readBody(request, 4_096);
    return new Response(body, { status: body === null ? 413 : 200 });
  }, async (port) => {
    const post = (parts: readonly string[], headers = {}) =>
      ask(port, "/", { method: "POST", parts, headers });
    const long = "x".repeat(1_000_000);
    assertEquals((await post([long])).status, 413);
    // The length is known before the body has arrived.
    const headers = { "content-length": String(long.length) };
    assertEquals((await post([long], headers)).status, 413);
    const just = "ü".repeat(2_048);
    assertEquals(
      await post([just.slice(0, 7), just.slice(7)]).then((a) => a.text),
      just,
    );
    assertEquals((await post([just, "x"])).status, 413);
  });
});

Deno.test("a connection is used again although a body was not read to its end", async () => {
  const answer = async (request: Request) =>
    request.method === "GET"
      ? new Response("second")
      : new Response(await readBody(request, 10), { status: 413 });
  await withServer(answer, async (port) => {
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    let text = "";
    socket.on("data", (part: string) => text += part);
    const body = "x".repeat(1_000_000);
    socket.write(
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}` +
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    );
    await until(() => text.includes("second"));
    assertEquals(text.match(/HTTP\/1.1 \d+/g), [
      "HTTP/1.1 413",
      "HTTP/1.1 200",
    ]);
    socket.destroy();
    await once(socket, "close");
  });
});

Deno.test("nodeListener() pauses the response to a client that reads nothing, and cancels it on disconnection", async () => {
  let given = 0;
  let isCancelled = false;
  const part = new Uint8Array(65_536);
  await withServer(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          given += part.length;
          controller.enqueue(part);
        },
        cancel: () => {
          isCancelled = true;
        },
      }),
    ), async (port) => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => given > 0);
    // Without back-pressure this would never hold: the stream has no end.
    let [before, same] = [0, 0];
    await until(() => {
      same = given === before ? same + 1 : 0;
      before = given;
      return same >= 20;
    });
    socket.destroy();
    await until(() => isCancelled);
  });
});

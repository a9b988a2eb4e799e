import { assertEquals, assertThrows } from "@std/assert";
import { checkAccess } from "../../src/serve/access/authorize.ts";
import {
  isExpectedHost,
  isSameOrigin,
} from "../../src/serve/access/check_host.ts";
import { showsToken } from "../../src/serve/access/check_token.ts";
import { health, readiness } from "../../src/serve/http/health.ts";

function request(url: string, headers: Record<string, string> = {}): Request {
  return new Request(url, { headers });
}

for (
  const [url, hosts, expected] of [
    ["http://localhost:8080/", [], true],
    ["http://127.0.0.1/", [], true],
    ["http://[::1]:8080/", [], true],
    ["http://LOCALHOST/", [], true],
    ["http://10.0.0.5:8080/", [], true],
    ["http://[2001:db8::7]:8080/", [], true],
    ["http://10.0.0.5.evil.example/", [], false],
    ["http://evil.example/", [], false],
    ["http://localhost.evil.example/", [], false],
    ["http://127.0.0.1.evil.example:8080/", [], false],
    ["http://live.example.com/", ["live.example.com"], true],
    ["http://live.example.com:444/", ["live.example.com"], true],
    ["http://live.example.com:444/", ["Live.example.com:444"], true],
    ["http://live.example.com/", ["live.example.com:444"], false],
    ["http://a.live.example.com/", ["live.example.com"], false],
  ] as const
) {
  Deno.test(`isExpectedHost() ${expected ? "takes" : "refuses"} ${url} with ${JSON.stringify(hosts)}`, () => {
    assertEquals(isExpectedHost(request(url), hosts), expected);
  });
}

Deno.test("isSameOrigin() refuses requests of other sites' pages", () => {
  const url = "http://localhost:8080/retry";
  assertEquals(isSameOrigin(request(url)), true);
  assertEquals(
    isSameOrigin(request(url, { origin: "http://localhost:8080" })),
    true,
  );
  assertEquals(
    isSameOrigin(request(url, { origin: "http://localhost:9090" })),
    false,
  );
  assertEquals(
    isSameOrigin(request(url, { origin: "https://evil.example" })),
    false,
  );
  assertEquals(isSameOrigin(request(url, { origin: "null" })), false);
  assertEquals(
    isSameOrigin(request(url, { "sec-fetch-site": "cross-site" })),
    false,
  );
});

for (
  const [headers, expected] of [
    [{}, false],
    [{ authorization: "Bearer s3cret" }, true],
    [{ authorization: "bearer  s3cret" }, true],
    [{ authorization: "Bearer s3cret2" }, false],
    [{ authorization: "Bearer " }, false],
    [{ authorization: "Basic s3cret" }, false],
    [{ cookie: "a=b; walbrook_token=s3cret; c=d" }, true],
    [{ cookie: "walbrook_token=s3cre" }, false],
    [{ cookie: "xwalbrook_token=s3cret" }, false],
    [{ cookie: "walbrook_token=%E0%A4" }, false],
  ] as const
) {
  Deno.test(`showsToken() is ${expected} of ${JSON.stringify(headers)}`, async () => {
    assertEquals(
      await showsToken(request("http://localhost/", { ...headers }), "s3cret"),
      expected,
    );
  });
}

for (
  const [subscription, delivery, healthy, ready] of [
    ["streaming", null, 200, 200],
    ["streaming", "delivering", 200, 200],
    ["streaming", "draining", 200, 503],
    ["streaming", "failed", 503, 503],
    ["retrying", null, 200, 503],
    ["connecting", null, 200, 503],
    ["closed", null, 503, 503],
  ] as const
) {
  Deno.test(`/health is ${healthy} and /ready ${ready} while ${subscription}, ${delivery}`, () => {
    assertEquals(health(subscription, delivery).status, healthy);
    assertEquals(readiness(subscription, delivery).status, ready);
  });
}

Deno.test("checkAccess() takes a boolean, and an object with known restrictions", () => {
  for (
    const access of [true, false, {}, { columns: ["id"], where: "id = 1" }]
  ) {
    assertEquals(checkAccess(access, "public.t"), access);
  }
});

for (
  const [access, said] of [
    [undefined, "returned undefined"],
    [null, "returned null"],
    ["admin", "returned string"],
    [1, "returned number"],
    [["id"], "returned object"],
    [{ column: ["id"] }, 'returned an object with "column"'],
  ] as const
) {
  Deno.test(`checkAccess() opens nothing for ${JSON.stringify(access)}`, () => {
    assertThrows(
      () => checkAccess(access, "public.t"),
      TypeError,
      `Cannot decide who may watch table public.t: authorize() ${said}`,
    );
  });
}

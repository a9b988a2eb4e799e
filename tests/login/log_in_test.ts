import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "../../src/errors.ts";
import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import type { ConnectionSettings } from "../../src/connection/connection_settings.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { type LoggedIn, logIn } from "../../src/login/log_in.ts";
import { sendCancelRequest } from "../../src/session/cancel_request.ts";
import { dial } from "../../src/socket/deno.ts";
import { scriptedScram } from "./scripted_scram.ts";
import {
  authentication,
  commandComplete,
  dataRow,
  errorResponse,
  frame,
  int32,
  LOGIN_END,
  noticeResponse,
  parameterStatus,
  READY,
  text,
} from "../helpers/messages.ts";
import {
  type ScriptedPeer,
  withScriptedServer,
} from "../session/scripted_server.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { concat } from "@std/bytes";

const OK = authentication(0);
const SASL = authentication(10, "SCRAM-SHA-256\0\0");

async function settingsFor(
  port: number,
  options: ConnectionOptions = {},
): Promise<ConnectionSettings> {
  return await resolveConnection({
    host: "127.0.0.1",
    port,
    user: "u",
    password: "pencil",
    sslmode: "disable",
    connectTimeoutMs: 0,
    ...options,
  }, { get: () => undefined });
}

interface Attempt {
  readonly connection?: ConnectionOptions;
  readonly signal?: AbortSignal;
}

async function logInAt(
  port: number,
  { connection, signal }: Attempt = {},
): Promise<LoggedIn> {
  const settings = await settingsFor(port, connection);
  return await logIn(dial, settings, { replication: "database", signal });
}

// Answers StartupMessage with the same bytes on every connection.
function answering(...answers: readonly Uint8Array[]) {
  return async (peer: ScriptedPeer) => {
    await peer.readPacket();
    await peer.send(...answers);
    await peer.untilClosed();
  };
}

interface ScramScript {
  readonly iterations?: number;
  readonly first?: Uint8Array;
  readonly final?: Uint8Array;
}

function playScram({ iterations, first, final }: ScramScript = {}) {
  return async (peer: ScriptedPeer) => {
    await peer.readPacket();
    await peer.send(SASL);
    const scram = await beginScram(peer, iterations);
    await peer.send(first ?? authentication(11, text(scram.serverFirst)));
    const answer = new TextDecoder().decode(await peer.readMessage());
    const proof = authentication(12, text(scram.serverFinal(answer)));
    await peer.send(final ?? proof, OK, LOGIN_END);
    await peer.untilClosed();
  };
}

async function beginScram(peer: ScriptedPeer, iterations?: number) {
  const initial = new TextDecoder().decode(await peer.readMessage());
  const clientFirst = initial.slice(initial.indexOf("n,,"));
  return scriptedScram("pencil", clientFirst, iterations);
}

Deno.test("logIn() sends StartupMessage and returns what the server tells", async () => {
  let packet: Uint8Array = new Uint8Array(0);
  await withScriptedServer(async (peer) => {
    packet = await peer.readPacket();
    await peer.send(
      noticeResponse("01000"),
      OK,
      noticeResponse("01001"),
      parameterStatus("TimeZone", "UTC"),
      LOGIN_END,
      frame("T", int32(0)),
    );
    await peer.untilClosed();
  }, async ({ port }) => {
    const settings = await settingsFor(port, { options: "-c geqo=off" });
    const loggedIn = await logIn(dial, settings, { replication: "true" });
    assertEquals(Object.fromEntries(loggedIn.parameters), {
      TimeZone: "UTC",
      server_version: "18.0",
      search_path: "pg_catalog",
    });
    assertEquals(loggedIn.processId, 4711);
    assertEquals(loggedIn.secretKey, Uint8Array.of(1, 2, 3, 4));
    // A copy, which does not keep the socket's buffer alive.
    assertEquals(loggedIn.secretKey.buffer.byteLength, 4);
    assertEquals(loggedIn.encrypted, false);
    assertEquals(loggedIn.notices.map(({ code }) => code), ["01000", "01001"]);
    await loggedIn.channel.close();
  });
  const [version, ...words] = new TextDecoder().decode(packet).split("\0");
  assertEquals(version, ""); // the upper half, 3, is the first character of words
  assertEquals(words.slice(2), [
    ...["user", "u", "database", "u", "replication", "true"],
    ...["application_name", "walbrook"],
    "options",
    "-c geqo=off -c bytea_output=hex -c extra_float_digits=1 -c quote_all_identifiers=off -c search_path=pg_catalog",
    ...["client_encoding", "UTF8", "DateStyle", "ISO, MDY"],
    ...["IntervalStyle", "postgres", "TimeZone", "UTC", "", ""],
  ]);
});

Deno.test("logIn() sets nothing in a session that turns out to be an ordinary one", async () => {
  const commands: string[] = [];
  const script = async (peer: ScriptedPeer) => {
    await peer.readPacket();
    await peer.send(OK, parameterStatus("server_version", "17.0"));
    await peer.send(parameterStatus("server_encoding", "SQL_ASCII"), READY);
    const results = [
      concat([dataRow("public"), commandComplete("SHOW"), READY]),
      concat([errorResponse("42601", "ERROR"), READY]),
    ];
    for (const result of results) {
      const command = new TextDecoder().decode(await peer.readMessage());
      commands.push(command.slice(0, -1));
      await peer.send(result);
    }
    await peer.untilClosed();
  };
  await withScriptedServer(script, async ({ port }) => {
    const settings = await settingsFor(port);
    const options = { replication: "database", asksForPins: true } as const;
    await assertRejects(() => logIn(dial, settings, options), PostgresError);
  });
  assertEquals(commands, ["SHOW search_path", "IDENTIFY_SYSTEM"]);
});

Deno.test("logIn() reads a login that comes byte by byte", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    for (const byte of concat([OK, parameterStatus("a", "b"), LOGIN_END])) {
      await peer.send(Uint8Array.of(byte));
    }
    await peer.untilClosed();
  }, async ({ port }) => {
    const { channel, parameters } = await logInAt(port);
    assertEquals(parameters.get("a"), "b");
    await channel.close();
  });
});

Deno.test("logIn() does without BackendKeyData, as some poolers do", async () => {
  const pinned = parameterStatus("search_path", "pg_catalog");
  const script = answering(OK, pinned, READY);
  await withScriptedServer(script, async ({ port }) => {
    const { channel, processId, secretKey } = await logInAt(port);
    assertEquals([processId, secretKey], [0, new Uint8Array(0)]);
    await channel.close();
  });
});

for (const version of [0x30000, 0x30002, 0, 2]) {
  Deno.test(`logIn() passes over NegotiateProtocolVersion ${version}`, async () => {
    const offer = frame("v", int32(version), int32(1), text("_pq_.x\0"));
    await withScriptedServer(
      answering(offer, OK, LOGIN_END),
      async ({ port }) => {
        await (await logInAt(port)).channel.close();
      },
    );
  });
}

Deno.test("logIn() answers SCRAM-SHA-256 and checks the server's proof", async () => {
  await withScriptedServer(playScram(), async ({ port }) => {
    await (await logInAt(port)).channel.close();
  });
});

Deno.test("logIn() answers a request for the password in clear", async () => {
  let answer = "";
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(3));
    answer = new TextDecoder().decode(await peer.readMessage());
    await peer.send(OK, LOGIN_END);
    await peer.untilClosed();
  }, async ({ port }) => {
    const connection = { password: () => Promise.resolve("fetched") };
    await (await logInAt(port, { connection })).channel.close();
  });
  assertEquals(answer, "fetched\0");
});

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;
type Script = (peer: ScriptedPeer) => Promise<void>;

const REFUSED: readonly (readonly [string, Script, ErrorClass, string])[] = [
  [
    "an ErrorResponse",
    answering(errorResponse("28P01")),
    PostgresError,
    "28P01",
  ],
  [
    "an ErrorResponse after AuthenticationOk",
    answering(OK, errorResponse("53300")),
    PostgresError,
    "53300",
  ],
  [
    "protocol 2's error, which has no length",
    answering(text("Eno such thing as 3.0\0")),
    ProtocolError,
    '"E"',
  ],
  [
    "an HTTP server",
    answering(text("HTTP/1.1 400 Bad Request\r\n\r\n")),
    ProtocolError,
    "check that a PostgreSQL server listens there",
  ],
  [
    "protocol 4.0",
    answering(frame("v", int32(0x40000), int32(0))),
    ProtocolError,
    "4.0",
  ],
  ["a query's answer", answering(frame("I")), ProtocolError, "EmptyQuery"],
  [
    "ParameterStatus before authentication",
    answering(parameterStatus("a", "b"), OK, LOGIN_END),
    ProtocolError,
    "ParameterStatus",
  ],
  [
    "ReadyForQuery before authentication",
    answering(LOGIN_END),
    ProtocolError,
    "BackendKeyData",
  ],
  [
    "a second Authentication",
    answering(OK, authentication(3), LOGIN_END),
    ProtocolError,
    "AuthenticationCleartextPassword",
  ],
  ["GSSAPI", answering(authentication(7)), AuthenticationError, "GSSAPI"],
  ["SSPI", answering(authentication(9)), AuthenticationError, "SSPI"],
  ["Kerberos", answering(authentication(2)), AuthenticationError, "Kerberos"],
  ["code 99", answering(authentication(99)), AuthenticationError, "number 99"],
  [
    "unknown SASL mechanisms",
    answering(authentication(10, "OAUTHBEARER\0X\0\0")),
    AuthenticationError,
    "OAUTHBEARER, X",
  ],
  [
    "SASLContinue out of the blue",
    answering(authentication(11, "r=x")),
    ProtocolError,
    "AuthenticationSASLContinue",
  ],
  [
    "AuthenticationOk in place of SASLContinue",
    playScram({ first: OK }),
    ProtocolError,
    "AuthenticationOk during SCRAM-SHA-256",
  ],
  [
    "AuthenticationOk in place of SASLFinal",
    playScram({ final: new Uint8Array(0) }),
    ProtocolError,
    "AuthenticationOk during SCRAM-SHA-256",
  ],
  [
    "a request for the password after SCRAM's challenge",
    playScram({ first: authentication(3) }),
    ProtocolError,
    "AuthenticationCleartextPassword during SCRAM-SHA-256",
  ],
  [
    "a wrong server signature",
    playScram({ final: authentication(12, text(`v=${btoa("x".repeat(32))}`)) }),
    AuthenticationError,
    "signature is wrong",
  ],
  [
    "SCRAM's own error",
    playScram({ final: authentication(12, "e=other-error") }),
    AuthenticationError,
    "other-error",
  ],
  [
    "2147483647 iterations",
    playScram({ iterations: 2147483647 }),
    AuthenticationError,
    "asks for 2147483647 SCRAM iterations",
  ],
  [
    "another nonce",
    playScram({ first: authentication(11, "r=x,s=AAAA,i=4096") }),
    ProtocolError,
    "nonce",
  ],
  [
    "other settings than those asked for",
    answering(OK, parameterStatus("DateStyle", "German"), LOGIN_END),
    ConnectionError,
    'DateStyle is "German"',
  ],
];

for (const [what, script, errorClass, problem] of REFUSED) {
  Deno.test(`logIn() refuses ${what}, and hangs up`, async () => {
    await withScriptedServer(script, async ({ port }) => {
      await assertRejects(() => logInAt(port), errorClass, problem);
    });
  });
}

Deno.test("logIn() refuses a second request after its answer", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(5, int32(0)));
    await peer.readMessage();
    await peer.send(authentication(3));
    await peer.untilClosed();
  }, async ({ port }) => {
    await assertRejects(() => logInAt(port), ProtocolError, "after the answer");
  });
});

Deno.test("logIn() names the ways to give a password that is missing", async () => {
  for (const password of ["", () => ""]) {
    await withScriptedServer(answering(SASL), async ({ port }) => {
      const connection = { password };
      await assertRejects(
        () => logInAt(port, { connection }),
        AuthenticationError,
        "PGPASSWORD",
      );
    });
  }
});

Deno.test("logIn() passes on what a password function throws", async () => {
  const failure = new Error("The vault is shut");
  for (
    const password of [
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
    ]
  ) {
    await withScriptedServer(answering(SASL), async ({ port }) => {
      const connection = { password };
      const error = await assertRejects(() => logInAt(port, { connection }));
      assertStrictEquals(error, failure);
    });
  }
});

Deno.test("logIn() refuses a password that is no text", async () => {
  await withScriptedServer(answering(SASL), async ({ port }) => {
    const password = (() => 5) as unknown as () => string;
    const connection = { password };
    await assertRejects(
      () => logInAt(port, { connection }),
      TypeError,
      "type number",
    );
  });
});

const METHODS: readonly (readonly [string, Uint8Array])[] = [
  ["none", OK],
  ["password", authentication(3)],
  ["md5", authentication(5, int32(0))],
  ["scram-sha-256", SASL],
];

for (const [method, request] of METHODS) {
  Deno.test(`logIn() refuses ${method} where require_auth rules it out`, async () => {
    await withScriptedServer(answering(request), async ({ port }) => {
      const connection = { requireAuth: `!${method}` };
      await assertRejects(
        () => logInAt(port, { connection }),
        AuthenticationError,
        `"${method}", which require_auth`,
      );
    });
  });
}

Deno.test("logIn() says where it found nobody, and what to check", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await assertRejects(() => logInAt(port), ConnectionError);
  assert(error.message.includes(`127.0.0.1:${port}`), error.message);
  assert(error.message.includes("listen_addresses"), error.message);
  assert(error.cause instanceof Deno.errors.ConnectionRefused);
  const connection = { host: "/there/is/no/such/directory" };
  const unix = await assertRejects(
    () => logInAt(5432, { connection }),
    ConnectionError,
  );
  assert(unix.message.includes("/there/is/no/such/directory/.s.PGSQL.5432"));
});

// Where the server may fall silent or vanish: how many of its messages come.
const STEPS = 6;

async function playSteps(peer: ScriptedPeer, steps: number): Promise<void> {
  if (steps === 0) return;
  await peer.readPacket();
  if (steps === 1) return;
  await peer.send(SASL);
  const scram = await beginScram(peer);
  if (steps === 2) return;
  await peer.send(authentication(11, text(scram.serverFirst)));
  const answer = new TextDecoder().decode(await peer.readMessage());
  if (steps === 3) return;
  await peer.send(authentication(12, text(scram.serverFinal(answer))));
  if (steps === 4) return;
  await peer.send(OK, parameterStatus("a", "b"));
  if (steps === 5) return;
  await peer.send(LOGIN_END.subarray(0, -3)); // in the middle of ReadyForQuery
}

for (let steps = 0; steps <= STEPS; steps++) {
  Deno.test(`logIn() says so when the server leaves at step ${steps}`, async () => {
    await withScriptedServer(
      (peer) => playSteps(peer, steps),
      async ({ port }) => {
        const error = await assertRejects(() => logInAt(port));
        // Also in the middle of a message: the bytes are right, but not all there.
        assert(error instanceof ConnectionError, String(error));
        assert(error.message.includes(`127.0.0.1:${port}`));
      },
    );
  });

  Deno.test(`logIn() can be aborted at step ${steps}`, async () => {
    await withScriptedServer(async (peer) => {
      await playSteps(peer, steps);
      await peer.stall();
    }, async ({ port, stalled }) => {
      const controller = new AbortController();
      const attempt = logInAt(port, { signal: controller.signal });
      stalled.then(() => controller.abort(reason));
      const reason = new Error("Enough");
      assertStrictEquals(await assertRejects(() => attempt), reason);
    });
  });
}

Deno.test("logIn() can be aborted while it waits for the password", async () => {
  await withScriptedServer(answering(SASL), async ({ port }) => {
    const controller = new AbortController();
    const reason = new Error("Enough");
    const password = () => {
      controller.abort(reason);
      return new Promise<string>(() => {});
    };
    const { signal } = controller;
    const error = await assertRejects(() =>
      logInAt(port, { connection: { password }, signal })
    );
    assertStrictEquals(error, reason);
  });
});

Deno.test("logIn() does not even connect with an aborted signal", async () => {
  const script = () => Promise.resolve();
  await withScriptedServer(script, async ({ port, connections }) => {
    const reason = new Error("Never mind");
    const signal = AbortSignal.abort(reason);
    const error = await assertRejects(() => logInAt(port, { signal }));
    assertStrictEquals(error, reason);
    assertEquals(connections(), 0);
  });
});

Deno.test("logIn() gives up after connectTimeoutMs", async () => {
  await withScriptedServer((peer) => peer.stall(), async ({ port }) => {
    const connection = { connectTimeoutMs: 20 };
    await assertRejects(
      () => logInAt(port, { connection }),
      ConnectionError,
      "within 20 ms (connect_timeout)",
    );
  });
});

Deno.test("sendCancelRequest() shows the key and waits for the server to hang up", async () => {
  let packet: Uint8Array = new Uint8Array(0);
  await withScriptedServer(async (peer) => {
    packet = await peer.readPacket();
  }, async ({ port }) => {
    const settings = await settingsFor(port);
    const secretKey = Uint8Array.of(1, 2, 3, 4);
    const [target] = settings.targets;
    assert(target);
    await sendCancelRequest(dial, settings, {
      target,
      processId: 4711,
      secretKey,
    });
  });
  assertEquals(
    packet,
    concat([int32(80877102), int32(4711), Uint8Array.of(1, 2, 3, 4)]),
  );
});

Deno.test("sendCancelRequest() can be aborted", async () => {
  await withScriptedServer(
    (peer) => peer.stall(),
    async ({ port, stalled }) => {
      const controller = new AbortController();
      const reason = new Error("Enough");
      stalled.then(() => controller.abort(reason));
      const settings = await settingsFor(port);
      const [target] = settings.targets;
      assert(target);
      const session = { target, processId: 1, secretKey: new Uint8Array(4) };
      const { signal } = controller;
      const error = await assertRejects(() =>
        sendCancelRequest(dial, settings, session, { signal })
      );
      assertStrictEquals(error, reason);
    },
  );
});

import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "../../src/errors.ts";
import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { dial } from "../../src/socket/deno.ts";
import { makeAuthority } from "./certificates.ts";
import { scriptedScram } from "./scripted_scram.ts";
import {
  authentication,
  frame,
  int32,
  LOGIN_END,
  parameterStatus,
  text,
} from "../helpers/messages.ts";
import {
  type ScriptedPeer,
  withScriptedServer,
} from "../session/scripted_server.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";

const OK = authentication(0);
const SASL = authentication(10, "SCRAM-SHA-256\0\0");

async function logInAt(port: number, options: ConnectionOptions = {}) {
  const settings = await resolveConnection({
    host: "127.0.0.1",
    port,
    user: "u",
    password: "pencil",
    sslmode: "disable",
    connectTimeoutMs: 10_000,
    ...options,
  }, { get: () => undefined });
  return await logIn(dial, settings, { replication: "database" });
}

// The server's side of a login, up to where it goes wrong.
const STEPS: Readonly<
  Record<string, (peer: ScriptedPeer) => Promise<unknown>>
> = {
  "at once": () => Promise.resolve(),
  "in place of an authentication request": (peer) => peer.readPacket(),
  "in place of SCRAM's challenge": beginScram,
  "in place of SCRAM's end": challenge,
  "in place of AuthenticationOk": finish,
  "in place of the session's start": async (peer) => {
    await finish(peer);
    await peer.send(OK);
  },
  "in place of ReadyForQuery": async (peer) => {
    await finish(peer);
    await peer.send(OK, parameterStatus("a", "b"));
  },
  "in the middle of ReadyForQuery": async (peer) => {
    await finish(peer);
    await peer.send(OK, LOGIN_END.subarray(0, -3));
  },
};

async function beginScram(peer: ScriptedPeer): Promise<string> {
  await peer.readPacket();
  await peer.send(SASL);
  const initial = new TextDecoder().decode(await peer.readMessage());
  return initial.slice(initial.indexOf("n,,"));
}

async function challenge(peer: ScriptedPeer): Promise<string> {
  const scram = scriptedScram("pencil", await beginScram(peer));
  await peer.send(authentication(11, text(scram.serverFirst)));
  return scram.serverFinal(new TextDecoder().decode(await peer.readMessage()));
}

async function finish(peer: ScriptedPeer): Promise<void> {
  await peer.send(authentication(12, text(await challenge(peer))));
}

type Play = (peer: ScriptedPeer) => Promise<void>;

function sending(...parts: readonly Uint8Array[]): Play {
  return async (peer) => {
    await peer.send(...parts);
    await peer.untilClosed();
  };
}

const MISDEEDS: Readonly<Record<string, Play>> = {
  "hangs up": () => Promise.resolve(),
  "falls silent": (peer) => peer.untilClosed(),
  "sends a message of 2 GiB": sending(text("R"), int32(0x7fffffff)),
  "sends a message of 2 MiB": sending(text("R"), int32(2 ** 21)),
  "sends a message of negative length": sending(text("R"), int32(-1)),
  "sends a message of length 3": sending(text("R"), int32(3)),
  "sends zero bytes": sending(new Uint8Array(64)),
  "sends text": sending(text("HTTP/1.1 400 Bad Request\r\n\r\n")),
  "sends a row": sending(frame("D", new Uint8Array(2))),
  "sends COPY data": sending(frame("d", new Uint8Array(2))),
  "asks for the password": sending(authentication(3)),
  "asks for SCRAM": sending(SASL, SASL),
  "sends SCRAM's challenge": sending(
    authentication(11, "r=x,s=AAAA,i=4096"),
  ),
  "sends SCRAM's end": sending(authentication(12, "v=AAAA")),
  "sends half an Authentication": sending(frame("R", new Uint8Array(2))),
  "sends an error without fields": sending(frame("E")),
  "sends an error that does not end": sending(frame("E", "SFATAL")),
  "sends a ParameterStatus without a value": sending(
    frame("S", "a\0"),
    frame("S", "a"),
  ),
  "sends a key without a process": sending(frame("K", new Uint8Array(3))),
  "sends an unknown status": sending(frame("Z")),
};

// What may well be said at that step.
const ALLOWED: ReadonlySet<string> = new Set([
  "asks for the password in place of an authentication request",
  "asks for SCRAM in place of an authentication request",
]);

for (const [when, advance] of Object.entries(STEPS)) {
  for (const [what, play] of Object.entries(MISDEEDS)) {
    // Elsewhere it would be the same as at another step, or part of the message.
    const isBetween = when.startsWith("in place");
    if (!isBetween && !["hangs up", "falls silent"].includes(what)) continue;
    if (ALLOWED.has(`${what} ${when}`)) continue;
    Deno.test(`logIn() ends with a clear error when the server ${what} ${when}`, async () => {
      await withScriptedServer(async (peer) => {
        await advance(peer);
        await play(peer);
      }, async ({ port, connections }) => {
        const connectTimeoutMs = what === "falls silent" ? 50 : 10_000;
        const error = await assertRejects(
          () => logInAt(port, { connectTimeoutMs }),
        );
        assert(isClear(error), String(error));
        assert(!error.message.includes("within 10000 ms"), error.message);
        assertEquals(connections(), 1);
      });
    });
  }
}

function isClear(error: unknown): error is Error {
  return [
    ConnectionError,
    ProtocolError,
    AuthenticationError,
    PostgresError,
  ].some((one) => error instanceof one) &&
    (error as Error).message.length > 20;
}

const CHALLENGES: readonly (readonly [string, string])[] = [
  ["no iterations", "r={nonce}x,s=AAAA,i=0"],
  ["4095 iterations", "r={nonce}x,s=AAAA,i=4095"],
  ["2,000,001 iterations", "r={nonce}x,s=AAAA,i=2000001"],
  ["endless iterations", "r={nonce}x,s=AAAA,i=99999999999999999999"],
  ["negative iterations", "r={nonce}x,s=AAAA,i=-1"],
  ["no salt", "r={nonce}x,i=4096"],
  ["salt that is no base64", "r={nonce}x,s=?,i=4096"],
  ["our own nonce and nothing more", "r={nonce},s=AAAA,i=4096"],
  ["a mandatory extension", "m=x,r={nonce}x,s=AAAA,i=4096"],
  ["nothing", ""],
  ["an error", "e=invalid-proof"],
];

for (const [what, template] of CHALLENGES) {
  Deno.test(`logIn() does not show a proof to a challenge with ${what}`, async () => {
    let answered = false;
    await withScriptedServer(async (peer) => {
      const first = await beginScram(peer);
      const nonce = first.slice(first.indexOf("r=") + 2);
      const serverFirst = template.replace("{nonce}", nonce);
      await peer.send(authentication(11, text(serverFirst)));
      await peer.readMessage();
      answered = true;
    }, async ({ port }) => {
      const error = await assertRejects(() => logInAt(port));
      assert(
        error instanceof ProtocolError || error instanceof AuthenticationError,
        String(error),
      );
    });
    assertEquals(answered, false);
  });
}

// A TLS record with a fatal alert: handshake_failure, protocol_version, internal_error.
const ALERTS = [40, 70, 80].map((code) =>
  [`alert ${code}`, Uint8Array.of(0x15, 3, 3, 0, 2, 2, code)] as const
);

const INSTEAD_OF_TLS: readonly (readonly [string, Uint8Array])[] = [
  ...ALERTS,
  ["a plain login", sendable(OK, LOGIN_END)],
  ["a second S", text("S".repeat(5))],
  ["an ErrorResponse", frame("E", "SFATAL\0C28000\0Ms3cret\0\0")],
  ["half a record", Uint8Array.of(0x16, 3, 3, 0x40, 0)],
  ["a record of the wrong kind", Uint8Array.of(0x17, 3, 3, 0, 1, 0)],
];

function sendable(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

for (const [what, bytes] of INSTEAD_OF_TLS) {
  for (const sslnegotiation of ["postgres", "direct"] as const) {
    Deno.test(`logIn() with ${sslnegotiation} negotiation takes ${what} for a failed handshake`, async () => {
      await withScriptedServer(async (peer) => {
        if (sslnegotiation === "postgres") {
          await peer.readPacket();
          await peer.send(text("S"));
        }
        await peer.readClientHello();
        await peer.send(bytes);
        if (what === "half a record") return;
        await peer.untilClosed();
      }, async ({ port, connections }) => {
        const options = { sslmode: "require", sslnegotiation } as const;
        const error = await assertRejects(
          () => logInAt(port, options),
          ConnectionError,
          "Cannot start TLS",
        );
        assert(!error.message.includes("s3cret"));
        assert(!error.message.includes("within"), error.message);
        assertEquals(connections(), 1);
      });
    });
  }
}

Deno.test("logIn() gives up after connectTimeoutMs in the middle of a handshake", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(text("S"));
    await peer.untilClosed();
  }, async ({ port }) => {
    await assertRejects(
      () => logInAt(port, { sslmode: "prefer", connectTimeoutMs: 50 }),
      ConnectionError,
      "within 50 ms (connect_timeout)",
    );
  });
});

const authority = await makeAuthority("Walbrook's tests");
const own = await authority.issue([{ type: "ip", value: "127.0.0.1" }]);

// A TLS server that has one connection, and does something with it.
async function withTlsServer(
  alpnProtocols: string[],
  play: (connection: Deno.TlsConn) => Promise<void>,
  run: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: own.certificate,
    key: own.key,
    ...(alpnProtocols.length > 0 ? { alpnProtocols } : {}),
  });
  const playing = (async () => {
    using connection = await listener.accept();
    await connection.handshake();
    await play(connection);
  })().catch(() => {});
  try {
    await run(listener.addr.port);
    await playing;
  } finally {
    listener.close();
  }
}

const DIRECT = {
  sslmode: "verify-full",
  sslrootcert: authority.certificate,
  sslnegotiation: "direct",
} as const;

for (const protocols of [[], ["http/1.1"]]) {
  Deno.test(`logIn() does not speak to a TLS server that knows ${protocols.join() || "no"} ALPN`, async () => {
    let received: number | null = 0;
    await withTlsServer(protocols, async (connection) => {
      received = await connection.read(new Uint8Array(1));
    }, async (port) => {
      await assertRejects(
        () => logInAt(port, DIRECT),
        ConnectionError,
        "Cannot start TLS",
      );
    });
    assertEquals(received ?? 0, 0);
  });
}

Deno.test("logIn() says so when the server leaves right after the handshake", async () => {
  await withTlsServer(["postgresql"], async () => {}, async (port) => {
    await assertRejects(() => logInAt(port, DIRECT), ConnectionError);
  });
});

Deno.test("logIn() does not trust what stands in place of a certified server", async () => {
  await withTlsServer(["postgresql"], async () => {}, async (port) => {
    const stranger = await makeAuthority("Somebody else");
    const options = { ...DIRECT, sslrootcert: stranger.certificate };
    await assertRejects(
      () => logInAt(port, options),
      AuthenticationError,
      "name the certificate of its authority in sslrootcert",
    );
  });
});

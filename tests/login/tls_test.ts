import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "../../src/errors.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { type LoggedIn, logIn } from "../../src/login/log_in.ts";
import type { SslMode } from "../../src/connection/ssl_mode.ts";
import { dial } from "../../src/socket/deno.ts";
import type { Dial } from "../../src/socket/socket.ts";
import {
  authentication,
  errorResponse,
  LOGIN_END,
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

const SSL_REQUEST = Uint8Array.of(4, 210, 22, 47); // 80877103

interface Attempt {
  readonly port: number;
  readonly sslmode: SslMode;
  readonly signal?: AbortSignal;
  readonly dial?: Dial;
}

async function logInWith(
  { port, sslmode, signal, dial: open = dial }: Attempt,
): Promise<LoggedIn> {
  const settings = await resolveConnection(
    {
      host: "127.0.0.1",
      port,
      user: "u",
      password: "p",
      sslmode,
      connectTimeoutMs: 0,
    },
    { get: () => undefined },
  );
  return await logIn(open, settings, { replication: undefined, signal });
}

// Answers SSLRequest, and whatever comes instead with an accepted login.
function answeringSslRequest(answer: Uint8Array) {
  return async (peer: ScriptedPeer) => {
    const packet = await peer.readPacket();
    const isRequest = packet.every((byte, i) => byte === SSL_REQUEST[i]);
    await peer.send(
      ...(isRequest ? [answer] : [authentication(0), LOGIN_END]),
    );
    if (isRequest && answer[0] === 0x4e /* N */) {
      await peer.readPacket();
      await peer.send(authentication(0), LOGIN_END);
    }
    await peer.untilClosed();
  };
}

Deno.test("logIn() goes on without TLS where prefer is told N", async () => {
  const script = answeringSslRequest(text("N"));
  await withScriptedServer(script, async ({ port, connections }) => {
    const { channel, encrypted } = await logInWith({ port, sslmode: "prefer" });
    assertEquals(encrypted, false);
    assertEquals(connections(), 1);
    await channel.close();
  });
});

Deno.test("logIn() ends where require is told N", async () => {
  const script = answeringSslRequest(text("N"));
  await withScriptedServer(script, async ({ port, connections }) => {
    await assertRejects(
      () => logInWith({ port, sslmode: "require" }),
      AuthenticationError,
      'does not offer TLS, and sslmode "require" demands it',
    );
    assertEquals(connections(), 1);
  });
});

Deno.test("logIn() asks for no TLS with disable and with allow", async () => {
  for (const sslmode of ["disable", "allow"] as const) {
    const script = answeringSslRequest(text("E"));
    await withScriptedServer(script, async ({ port }) => {
      await (await logInWith({ port, sslmode })).channel.close();
    });
  }
});

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

const ANSWERS: readonly (readonly [string, string, ErrorClass, string])[] = [
  ["S and an extra byte", "Sx", ProtocolError, "1 unencrypted bytes"],
  ["S and a whole login", "SR\0\0\0\x08\0\0\0\0", ProtocolError, "9 unenc"],
  ["N and an extra byte", "Nx", ProtocolError, "1 unencrypted bytes"],
  ["an error", "E....s3cret\0", ConnectionError, "answered the request with"],
  ["HTTP", "HTTP/1.1 400", ProtocolError, 'is "HTTP…"; check that'],
  ["SSH", "SSH-2.0-OpenSSH_9.6\r\n", ProtocolError, 'is "SSH…"; check that'],
  ["SMTP", "220 mail ESMTP\r\n", ProtocolError, 'is "2" (0x32); check that'],
  [
    "a proxy's header",
    "PROXY TCP4 10.0.0.1 10.0.0.2 51234 5432\r\n",
    ProtocolError,
    'is "PROXY…"; check that',
  ],
  [
    "a proxy's binary header",
    "\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c",
    ProtocolError,
    "without a PROXY header",
  ],
];

for (const [what, answer, errorClass, problem] of ANSWERS) {
  for (const sslmode of ["prefer", "require"] as const) {
    Deno.test(`logIn() with ${sslmode} does not go on after ${what}`, async () => {
      const script = answeringSslRequest(text(answer));
      await withScriptedServer(script, async ({ port, connections }) => {
        const error = await assertRejects(
          () => logInWith({ port, sslmode }),
          errorClass,
          problem,
        );
        assert(!error.message.includes("s3cret"));
        assertEquals(connections(), 1);
      });
    });
  }
}

for (const sslmode of ["prefer", "require"] as const) {
  Deno.test(`logIn() with ${sslmode} says so when the server hangs up instead of answering`, async () => {
    await withScriptedServer(async (peer) => {
      await peer.readPacket();
    }, async ({ port, connections }) => {
      await assertRejects(
        () => logInWith({ port, sslmode }),
        ConnectionError,
        "closed the connection",
      );
      assertEquals(connections(), 1);
    });
  });
}

for (
  const [what, play] of [
    ["garbage", (peer: ScriptedPeer) => peer.send(text("garbage".repeat(9)))],
    ["nothing", () => Promise.resolve()],
  ] as const
) {
  const script = async (peer: ScriptedPeer) => {
    const packet = await peer.readPacket();
    if (packet.length > 4) {
      await peer.send(authentication(0), LOGIN_END);
      return await peer.untilClosed();
    }
    await peer.send(text("S"));
    await peer.readClientHello();
    await play(peer);
  };

  Deno.test(`logIn() with require ends when the handshake meets ${what}`, async () => {
    await withScriptedServer(script, async ({ port, connections }) => {
      await assertRejects(
        () => logInWith({ port, sslmode: "require" }),
        ConnectionError,
        "Cannot start TLS",
      );
      assertEquals(connections(), 1);
    });
  });

  Deno.test(`logIn() with prefer tries without TLS when the handshake meets ${what}`, async () => {
    await withScriptedServer(script, async ({ port, connections }) => {
      const loggedIn = await logInWith({ port, sslmode: "prefer" });
      assertEquals(loggedIn.encrypted, false);
      assertEquals(connections(), 2);
      await loggedIn.channel.close();
    });
  });
}

Deno.test("logIn() with prefer does not go on without TLS where the runtime refuses the options", async () => {
  const script = answeringSslRequest(text("S"));
  await withScriptedServer(script, async ({ port, connections }) => {
    const refusal = new TypeError("Cannot leave the certificate unchecked");
    const limited: Dial = async (address, options) => {
      const socket = await dial(address, options);
      return {
        readable: socket.readable,
        writable: socket.writable,
        close: () => socket.close(),
        startTls: () => Promise.reject(refusal),
      };
    };
    const error = await assertRejects(() =>
      logInWith({ port, sslmode: "prefer", dial: limited })
    );
    assertStrictEquals(error, refusal);
    assertEquals(connections(), 1);
  });
});

for (const answer of ["", "S"]) {
  Deno.test(`logIn() can be aborted after "${answer}" to SSLRequest`, async () => {
    await withScriptedServer(async (peer) => {
      await peer.readPacket();
      await peer.send(text(answer));
      if (answer === "S") await peer.readClientHello();
      await peer.stall();
    }, async ({ port, stalled, connections }) => {
      const controller = new AbortController();
      const reason = new Error("Enough");
      stalled.then(() => controller.abort(reason));
      const { signal } = controller;
      const error = await assertRejects(() =>
        logInWith({ port, sslmode: "prefer", signal })
      );
      assertStrictEquals(error, reason);
      assertEquals(connections(), 1);
    });
  });
}

Deno.test("logIn() with prefer does not repeat a login that was refused without TLS", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(text("N"));
    await peer.readPacket();
    await peer.send(errorResponse("28000"));
    await peer.untilClosed();
  }, async ({ port, connections }) => {
    await assertRejects(
      () => logInWith({ port, sslmode: "prefer" }),
      PostgresError,
      "28000",
    );
    assertEquals(connections(), 1);
  });
});

Deno.test("logIn() with allow does not repeat a login in which it has shown its password", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(3));
    await peer.readMessage();
    await peer.send(errorResponse("28000"));
    await peer.untilClosed();
  }, async ({ port, connections }) => {
    await assertRejects(
      () => logInWith({ port, sslmode: "allow" }),
      PostgresError,
      "28000",
    );
    assertEquals(connections(), 1);
  });
});

Deno.test("logIn() with allow asks for TLS once it is refused without", async () => {
  const asked: boolean[] = [];
  await withScriptedServer(async (peer, index) => {
    const packet = await peer.readPacket();
    asked.push(packet.length === 4);
    if (index === 1) {
      await peer.send(text("N"));
      await peer.readPacket();
    }
    await peer.send(errorResponse(index === 0 ? "28000" : "28P01"));
    await peer.untilClosed();
  }, async ({ port }) => {
    await assertRejects(
      () => logInWith({ port, sslmode: "allow" }),
      PostgresError,
      "28P01",
    );
  });
  assertEquals(asked, [false, true]);
});

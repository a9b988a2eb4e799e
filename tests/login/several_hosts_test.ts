import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
} from "../../src/errors.ts";
import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { sendCancelRequest } from "../../src/session/cancel_request.ts";
import { dial } from "../../src/socket/deno.ts";
import {
  authentication,
  errorResponse,
  LOGIN_END,
  parameterStatus,
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

type Script = (peer: ScriptedPeer) => Promise<void>;

function accepting(standby: "on" | "off", readOnly: "on" | "off"): Script {
  return async (peer) => {
    await peer.readPacket();
    await peer.send(
      authentication(0),
      parameterStatus("in_hot_standby", standby),
      parameterStatus("default_transaction_read_only", readOnly),
      LOGIN_END,
    );
    await peer.untilClosed();
  };
}

const PRIMARY = accepting("off", "off");
const STANDBY = accepting("on", "off");
const READ_ONLY_PRIMARY = accepting("off", "on");

const SILENT: Script = (peer) => peer.stall();
const GONE: Script = () => Promise.resolve();
const WITHOUT_WORD: Script = async (peer) => {
  await peer.readPacket();
  await peer.send(authentication(0), LOGIN_END);
  await peer.untilClosed();
};

function refusing(code: string): Script {
  return async (peer) => {
    await peer.readPacket();
    await peer.send(errorResponse(code));
    await peer.untilClosed();
  };
}

interface Attempt extends ConnectionOptions {
  readonly signal?: AbortSignal;
}

interface Outcome {
  /** Which server it ended at, from 0; or the error. */
  readonly end: number | Error;
  /** How many connections each server has seen. */
  readonly connections: readonly number[];
}

// Logs in where each script is a server of its own.
async function logInAmong(
  scripts: readonly Script[],
  { signal, ...options }: Attempt = {},
): Promise<Outcome> {
  const ports: number[] = [];
  const counters: (() => number)[] = [];
  async function withServers(rest: readonly Script[]): Promise<Outcome> {
    const [script, ...others] = rest;
    if (script === undefined) return await attempt();
    return await withScriptedServer(script, async ({ port, connections }) => {
      ports.push(port);
      counters.push(connections);
      return await withServers(others);
    });
  }
  async function attempt(): Promise<Outcome> {
    const settings = await resolveConnection({
      hostaddr: scripts.map(() => "127.0.0.1"),
      port: ports,
      user: "u",
      sslmode: "disable",
      connectTimeoutMs: 0,
      ...options,
    }, { get: () => undefined });
    const end = await logIn(dial, settings, { replication: "true", signal })
      .then(async ({ channel, target }) => {
        await channel.close();
        return ports.indexOf(target.port);
      }, (error: Error) => error);
    return { end, connections: counters.map((count) => count()) };
  }
  return await withServers(scripts);
}

const KINDS = {
  primary: PRIMARY,
  standby: STANDBY,
  "read-only primary": READ_ONLY_PRIMARY,
} as const;

// The servers there are, what is asked for, and which one libpq ends at.
const CHOICES: readonly (readonly [
  readonly (keyof typeof KINDS)[],
  NonNullable<ConnectionOptions["targetSessionAttrs"]>,
  number | null,
])[] = [
  [["standby", "primary"], "any", 0],
  [["standby", "primary"], "read-write", 1],
  [["standby", "primary"], "primary", 1],
  [["primary", "standby"], "read-only", 1],
  [["primary", "standby"], "standby", 1],
  [["primary", "standby"], "prefer-standby", 1],
  [["primary", "primary"], "prefer-standby", 0],
  [["primary"], "prefer-standby", 0],
  [["read-only primary", "primary"], "read-write", 1],
  [["read-only primary", "standby"], "read-only", 0],
  [["standby", "read-only primary"], "primary", 1],
  [["read-only primary"], "standby", null],
  [["standby", "standby"], "primary", null],
  [["primary"], "read-only", null],
];

for (const [servers, attributes, wanted] of CHOICES) {
  Deno.test(`logIn() with ${attributes} among ${servers.join(", ")} ends at ${wanted}`, async () => {
    const { end } = await logInAmong(servers.map((kind) => KINDS[kind]), {
      targetSessionAttrs: attributes,
    });
    if (wanted !== null) return assertEquals(end, wanted);
    assert(end instanceof ConnectionError, String(end));
    assert(end.message.includes(`"${attributes}"`), end.message);
  });
}

Deno.test("logIn() does not guess what a server does not report", async () => {
  const { end } = await logInAmong([WITHOUT_WORD], {
    targetSessionAttrs: "primary",
  });
  assert(end instanceof ConnectionError);
  assert(end.message.includes("does not report"), end.message);
});

for (
  const [what, script, options] of [
    ["hangs up", GONE, {}],
    ["is silent", SILENT, { connectTimeoutMs: 50 }],
    ["starts or stops", refusing("57P03"), {}],
  ] as const
) {
  Deno.test(`logIn() goes on to the next server when one ${what}`, async () => {
    const { end, connections } = await logInAmong([script, PRIMARY], options);
    assertEquals(end, 1);
    assertEquals(connections, [1, 1]);
  });
}

Deno.test("logIn() goes on to the next server when nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withScriptedServer(PRIMARY, async (server) => {
    const settings = await resolveConnection(
      `postgres://u@127.0.0.1:${port},127.0.0.1:${server.port}/?sslmode=disable`,
      { get: () => undefined },
    );
    const { channel, target } = await logIn(dial, settings, {
      replication: "database",
    });
    assertEquals(target.port, server.port);
    await channel.close();
  });
});

for (const code of ["28P01", "28000", "53300", "3D000"]) {
  Deno.test(`logIn() does not go on after ${code}`, async () => {
    const scripts = [refusing(code), PRIMARY];
    const { end, connections } = await logInAmong(scripts);
    assert(end instanceof PostgresError && end.code === code, String(end));
    assertEquals(connections, [1, 0]);
  });
}

Deno.test("logIn() does not go on when it refuses the login itself", async () => {
  const options = { requireAuth: "scram-sha-256" };
  const { end, connections } = await logInAmong([PRIMARY, PRIMARY], options);
  assert(end instanceof AuthenticationError, String(end));
  assertEquals(connections, [1, 0]);
});

Deno.test("logIn() tells what it met at each server", async () => {
  const { end, connections } = await logInAmong([GONE, refusing("57P03")]);
  assert(end instanceof ConnectionError);
  assert(end.message.startsWith("Cannot connect to any of 2 servers: "));
  assert(end.message.includes("57P03"), end.message);
  assert(end.cause instanceof AggregateError);
  assertEquals(end.cause.errors.map(({ name }) => name), [
    "ConnectionError",
    "PostgresError",
  ]);
  assertEquals(connections, [1, 1]);
});

Deno.test("logIn() does not go on once it is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("Enough");
  const script: Script = async (peer) => {
    await peer.readPacket();
    controller.abort(reason);
    await peer.untilClosed();
  };
  const { end, connections } = await logInAmong([script, PRIMARY], {
    targetSessionAttrs: "prefer-standby",
    signal: controller.signal,
  });
  assertStrictEquals(end, reason);
  assertEquals(connections, [1, 0]);
});

Deno.test("logIn() with load_balance_hosts=random begins at each server now and then", async () => {
  const seen = new Set<number | Error>();
  // By chance this fails once in 10^12 runs.
  for (let i = 0; i < 40 && seen.size < 2; i++) {
    const options = { loadBalanceHosts: "random" } as const;
    seen.add((await logInAmong([PRIMARY, PRIMARY], options)).end);
  }
  assertEquals(seen, new Set([0, 1]));
});

Deno.test("sendCancelRequest() goes to the server of the session", async () => {
  let packets = 0;
  const counting: Script = async (peer) => {
    await peer.readPacket();
    packets++;
  };
  await withScriptedServer(PRIMARY, async (first) => {
    await withScriptedServer(counting, async ({ port }) => {
      const settings = await resolveConnection({
        host: "127.0.0.1",
        port: [first.port, port].slice(0, 1),
        user: "u",
        sslmode: "disable",
      }, { get: () => undefined });
      const [target] = settings.targets;
      assert(target);
      const there = { ...target.address, port };
      await sendCancelRequest(dial, settings, {
        target: { ...target, address: there as typeof target.address },
        processId: 1,
        secretKey: new Uint8Array(4),
      });
      assertEquals([first.connections(), packets], [0, 1]);
    });
  });
});

Deno.test("logIn() takes the password of the password file for the server it has come to", async () => {
  let shown = "";
  const asking: Script = async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(3));
    shown = new TextDecoder().decode(await peer.readMessage());
    await peer.send(authentication(0), LOGIN_END);
    await peer.untilClosed();
  };
  await withScriptedServer(asking, async ({ port }) => {
    const file = `*:1:*:*:other\n127.0.0.1:${port}:d:u:right`;
    const settings = await resolveConnection(
      `host=127.0.0.1 port=${port} user=u dbname=d passfile=/p sslmode=disable`,
      { get: () => undefined, readTextFile: () => Promise.resolve(file) },
    );
    const options = { replication: undefined } as const;
    await (await logIn(dial, settings, options)).channel.close();
    assertEquals(shown, "right\0");
    const error = await assertRejects(
      () => logIn(dial, { ...settings, user: "v" }, options),
      AuthenticationError,
    );
    assert(error.message.includes("no line for this login"), error.message);
  });
});

import { ConnectionError, subscribe } from "@walbrook/walbrook";
import type { SubscribeOptions } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import { assertRejects, assertStrictEquals } from "@std/assert";
import {
  authentication,
  parameterStatus,
  READY,
  text,
} from "../helpers/messages.ts";
import { withScriptedServer } from "../session/scripted_server.ts";
import { scriptedScram } from "../login/scripted_scram.ts";

const never = () => new Promise<never>(() => {});
const nowhere = { get: () => undefined };

/** Aborts once it is known to wait, and makes sure that it ends by that. */
async function endsBySignal(
  run: (signal: AbortSignal, waits: () => void) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("given up");
  const error = await assertRejects(() =>
    run(
      controller.signal,
      () => void setTimeout(() => controller.abort(reason), 1),
    )
  );
  assertStrictEquals(error, reason);
}

const common: SubscribeOptions = {
  connection: "postgres://u:pencil@127.0.0.1:1/d?sslmode=disable",
  slot: "s",
  publication: "p",
};

Deno.test("subscribe() obeys its signal while checkpoint.load() hangs", async () => {
  await endsBySignal((signal, waits) => {
    const load = () => {
      waits();
      return never();
    };
    const checkpoint = { load, save: never };
    return subscribe({ ...common, checkpoint, signal, environment: nowhere });
  });
});

Deno.test("subscribe() and connect() obey their signals while a file hangs", async () => {
  for (
    const open of [
      (options: Pick<SubscribeOptions, "signal" | "environment">) =>
        subscribe({ ...common, connection: "service=x", ...options }),
      (options: Pick<SubscribeOptions, "signal" | "environment">) =>
        connect("service=x", options),
    ]
  ) {
    await endsBySignal((signal, waits) => {
      const readTextFile = () => {
        waits();
        return never();
      };
      const get = (name: string) =>
        name === "PGSERVICEFILE" ? "/file" : undefined;
      return open({ signal, environment: { get, readTextFile } });
    });
  }
});

Deno.test("connect() obeys its signal and connect_timeout while dial hangs", async () => {
  await endsBySignal((signal, waits) => {
    const dial = () => {
      waits();
      return never();
    };
    return connect(common.connection, { dial, signal, environment: nowhere });
  });
  await assertRejects(
    () =>
      connect({ host: "h", user: "u", connectTimeoutMs: 1 }, {
        dial: never,
        environment: nowhere,
      }),
    ConnectionError,
    "within 1 ms (connect_timeout)",
  );
});

Deno.test("connect() obeys its signal while a SCRAM proof is computed", async () => {
  const { subtle } = crypto;
  const deriveBits = subtle.deriveBits;
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(10, "SCRAM-SHA-256\0\0"));
    const initial = new TextDecoder().decode(await peer.readMessage());
    const first = initial.slice(initial.indexOf("n,,"));
    const { serverFirst } = scriptedScram("pencil", first);
    await peer.send(authentication(11, text(serverFirst)));
    await peer.untilClosed();
  }, async ({ port }) => {
    try {
      await endsBySignal((signal, waits) => {
        // As slow as the iterations are many that the server asks for.
        subtle.deriveBits = () => {
          waits();
          return never();
        };
        const connection = `${common.connection}`.replace(":1/", `:${port}/`);
        return connect(connection, { signal, environment: nowhere });
      });
    } finally {
      subtle.deriveBits = deriveBits;
    }
  });
});

Deno.test("connect() keeps connect_timeout where the server falls silent after the login", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(
      authentication(0),
      parameterStatus("server_version", "18.0"),
      parameterStatus("search_path", "pg_catalog"),
      READY,
    );
    await peer.untilClosed();
  }, async ({ port }) => {
    await assertRejects(
      () =>
        connect({
          ...{ host: "127.0.0.1", port, user: "u", sslmode: "disable" },
          connectTimeoutMs: 50,
        }, { environment: nowhere }),
      ConnectionError,
      "within 50 ms",
    );
  });
});

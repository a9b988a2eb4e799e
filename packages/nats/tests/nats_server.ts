import { connect, type NatsConnection } from "@nats-io/transport-node";
import {
  findNatsServer,
  NatsServer,
} from "../../../examples/demo/nats_server.ts";

export { NatsServer };

/** Where nats-server is; `null` if it is not on this machine. */
export const NATS_SERVER: string | null = await findNatsServer();

if (NATS_SERVER === null) {
  console.error(
    "SKIPPED: the tests of @walbrook/nats need nats-server, which is not on this machine (Debian: apt-get install nats-server)",
  );
}

/** Connects a client. */
export function connectTo({ url }: NatsServer): Promise<NatsConnection> {
  return connect({ servers: url, reconnect: false });
}

const LONGEST_MS = 120_000;

// A test that waits for what never comes must not hold up all others.
async function within(ms: number, task: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done in ${ms} ms`)), ms);
  });
  await Promise.race([task, over]).finally(() => clearTimeout(timer));
}

/** Registers a test with a server, skipped where there is no nats-server. */
export function testOnNats(
  name: string,
  run: (server: NatsServer) => Promise<void>,
): void {
  Deno.test({
    name: NATS_SERVER === null ? `${name} (skipped: no nats-server)` : name,
    ignore: NATS_SERVER === null,
    async fn() {
      await using server = await NatsServer.start();
      await within(LONGEST_MS, run(server));
    },
  });
}

import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { dial } from "../../src/socket/deno.ts";
import { testOnPostgres } from "../helpers/postgres.ts";
import { startStandby } from "../helpers/standby.ts";
import { loadLibpq } from "./libpq.ts";
import { assertEquals } from "@std/assert";

const ATTRIBUTES = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
];

const ROLES = ["postgres", "reader"];

function findDeadPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

async function portOf(text: string): Promise<number | string> {
  const settings = await resolveConnection(text, { get: () => undefined });
  try {
    const options = { replication: undefined } as const;
    const { channel, target } = await logIn(dial, settings, options);
    await channel.close();
    return target.port;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

testOnPostgres(
  "logIn() ends at the server that libpq ends at",
  async ({ server, sql }) => {
    await sql(
      "CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on",
    );
    await using standby = await startStandby(server);
    using libpq = loadLibpq(server);
    const ports = {
      dead: findDeadPort(),
      primary: server.port,
      standby: standby.port,
    };
    const lists: readonly (readonly (keyof typeof ports)[])[] = [
      ["primary"],
      ["standby"],
      ["primary", "standby"],
      ["standby", "primary"],
      ["dead", "standby", "primary"],
      ["dead"],
    ];
    const nameOf = (port: number | string) =>
      Object.entries(ports).find(([, one]) => one === port)?.[0] ?? "failed";
    const ours: string[] = [];
    const theirs: string[] = [];
    for (const user of ROLES) {
      for (const list of lists) {
        for (const attributes of ATTRIBUTES) {
          const keywords = {
            host: list.map(() => "127.0.0.1").join(),
            port: list.map((name) => ports[name]).join(),
            user,
            dbname: "postgres",
            sslmode: "disable",
            target_session_attrs: attributes,
          };
          const text = Object.entries(keywords)
            .map(([name, value]) => `${name}=${value}`)
            .join(" ");
          const end = nameOf(await portOf(text));
          ours.push(`${user} ${list} ${attributes}: ${end}`);
          if (libpq === null) continue;
          const { outcome, port } = await libpq.connect(keywords);
          const their = outcome === "failed" ? "failed" : nameOf(port);
          theirs.push(`${user} ${list} ${attributes}: ${their}`);
        }
      }
    }
    if (libpq !== null) assertEquals(ours, theirs);
    assertEquals(ours.length, 72);
  },
  { majors: [14, 18] },
);

import type { PostgresServer } from "../examples/demo/postgres_server.ts";
import { formatLsn } from "../mod.ts";
import { connect } from "../src/replication_mod.ts";
import type { Outcome } from "./program.ts";

/**
 * Runs PostgreSQL's own client, in C, which writes what it receives to /dev/null as it
 * is: it decodes nothing. `null` where it is not installed.
 */
export async function pgRecvlogical(
  server: PostgresServer,
): Promise<((slot: string) => Promise<Outcome>) | null> {
  try {
    await new Deno.Command("pg_recvlogical", {
      args: ["--version"],
      stdout: "null",
    }).output();
  } catch {
    return null;
  }
  return async (slot) => {
    const publication = slot.replace(/_copy$/, "");
    const command = [
      ...["pg_recvlogical", "--start", "-n", "-f", "/dev/null", "-S", slot],
      ...["-h", server.host, "-p", `${server.port}`, "-U", "postgres"],
      ...["-d", "postgres", "-o", "proto_version=1"],
      ...["-o", `publication_names=${publication}`],
      ...["-E", await endOf(server)],
    ];
    const start = performance.now();
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", '"$@" && times', "sh", ...command],
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(text.decode(stderr));
    return {
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: childSeconds(text.decode(stdout)),
      peakBytes: NaN,
      latencies: [],
    };
  };
}

async function endOf(server: PostgresServer): Promise<string> {
  await using session = await connect(server.url);
  // A record behind the last commit, so that there is an end to come to.
  await session.query("SELECT pg_logical_emit_message(false, 'end', '')");
  return formatLsn((await session.identifySystem()).xlogPos);
}

/** Reads what `times` prints: a line for the shell, and one for its children. */
function childSeconds(times: string): number {
  const seconds = times.split("\n")[1]?.matchAll(/(\d+)m([\d.]+)s/g) ?? [];
  return [...seconds].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  );
}

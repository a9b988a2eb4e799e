import { type Lsn, parseLsn, subscribe } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { countOf, secondsOf } from "../command/parse_arguments.ts";
import { tellIfSlow } from "../command/tell_if_slow.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { requireConnection } from "../database/connection_argument.ts";
import { type Database, literal, openDatabase } from "../database/database.ts";
import { readSlot } from "../slots/read_slots.ts";
import { pause } from "../text/pause.ts";
import { spanText } from "../text/units.ts";
import { Arrivals } from "./arrivals.ts";

const PREFIX = "walbrook.ping";
const DECODER = new TextDecoder();

/** The times of a probe, in milliseconds; `null` if not measured. */
interface Probe {
  readonly probe: number;
  readonly receivedMs: number;
  readonly confirmedMs: number;
  readonly slotConfirmedMs: number | null;
}

/** Runs `ping`. */
export async function runPing(context: CommandContext): Promise<void> {
  const { host, args } = context;
  const count = countOf(args, "count") ?? 5;
  const intervalMs = secondsOf(args, "interval", 1);
  const timeoutMs = secondsOf(args, "timeout", 30);
  const watched = args.value("slot");
  const connection = requireConnection(args.operands[0], host.variable);
  const database = await openDatabase(context, 0);
  const own = `walbrook_ping_${host.processId}`;
  try {
    if (await database.value("SELECT pg_is_in_recovery()") === "t") {
      throw new Error(
        "Cannot ping a standby, which writes no changes of its own: ping the primary",
      );
    }
    if (watched !== undefined) await readSlot(database, watched);
    const publication = await findPublication(database, args);
    const opened = subscribe({
      ...connection === undefined ? {} : { connection },
      slot: { name: own, create: true, temporary: true },
      publication,
      signal: host.stop,
    });
    await using subscription = await tellIfSlow(host, "ping", opened);
    const arrivals = new Arrivals();
    const listening = (async () => {
      for await (const event of subscription) {
        if (event.kind !== "message" || event.prefix !== PREFIX) continue;
        arrivals.arrive(DECODER.decode(event.content));
      }
    })();
    listening.catch((error) => arrivals.fail(error));
    const probes: Probe[] = [];
    for (let i = 1; i <= count && !host.stop.aborted; i++) {
      if (i > 1) await pause(intervalMs, host.stop);
      if (host.stop.aborted) break;
      const deadline = performance.now() + timeoutMs;
      const probe = await sendProbe(i, {
        ...{ database, arrivals, own, watched, deadline },
        stop: host.stop,
      });
      probes.push(probe);
      await report(context, probe, watched);
    }
    if (!args.flag("json") && probes.length > 1) host.tell([summaryOf(probes)]);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

interface Probing {
  readonly database: Database;
  readonly arrivals: Arrivals;
  readonly own: string;
  readonly watched: string | undefined;
  readonly deadline: number;
  readonly stop: AbortSignal;
}

async function sendProbe(probe: number, probing: Probing): Promise<Probe> {
  const { database, arrivals, own, watched, deadline, stop } = probing;
  const id = `${own} ${probe} ${crypto.randomUUID()}`;
  const start = performance.now();
  const arrival = arrivals.expect(id, deadline - start, stop);
  const sent = await database.value(
    `SELECT pg_logical_emit_message(true, ${literal(PREFIX)}, ${literal(id)})`,
  );
  const receivedMs = await arrival - start;
  const lsn = parseLsn(sent ?? "");
  const confirm = async (slot: string) => {
    await untilConfirmed(slot, lsn, probing);
    return performance.now() - start;
  };
  return {
    probe,
    receivedMs,
    confirmedMs: await confirm(own),
    slotConfirmedMs: watched === undefined ? null : await confirm(watched),
  };
}

async function untilConfirmed(
  slot: string,
  lsn: Lsn,
  { database, deadline, stop }: Probing,
): Promise<void> {
  for (let waitMs = 2;; waitMs = Math.min(2 * waitMs, 200)) {
    const confirmed = await database.value(
      `SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ${
        literal(slot)
      }`,
    );
    if (confirmed !== null && parseLsn(confirmed) >= lsn) return;
    if (performance.now() > deadline) {
      throw new Error(
        `Slot "${slot}" has not confirmed the probe in time: its consumer is behind, stuck or not running`,
      );
    }
    stop.throwIfAborted();
    await pause(waitMs, stop);
  }
}

async function findPublication(
  database: Database,
  args: ParsedArguments,
): Promise<string> {
  const given = args.value("publication");
  if (given !== undefined) return given;
  const found = await database.value(
    "SELECT pubname FROM pg_publication ORDER BY 1 LIMIT 1",
  );
  if (found !== null) return found;
  throw new UsageError(
    "There is no publication in this database to listen by: see publications create",
  );
}

async function report(
  { host, args }: CommandContext,
  probe: Probe,
  watched: string | undefined,
): Promise<void> {
  if (args.flag("json")) {
    return await host.write(
      `${
        JSON.stringify(probe, (_, value) =>
          typeof value === "number" ? Math.round(value * 1e3) / 1e3 : value)
      }\n`,
    );
  }
  const { receivedMs, confirmedMs, slotConfirmedMs } = probe;
  await host.write(
    `probe ${probe.probe}  received after ${
      spanText(receivedMs)
    }  confirmed after ${spanText(confirmedMs)}${
      slotConfirmedMs === null
        ? ""
        : `  by ${watched} after ${spanText(slotConfirmedMs)}`
    }\n`,
  );
}

function summaryOf(probes: readonly Probe[]): string {
  const received = probes.map(({ receivedMs }) => receivedMs);
  const sorted = [...received].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${probes.length} probes received: fastest ${
    spanText(sorted[0] ?? 0)
  }, median ${spanText(median)}, slowest ${spanText(sorted.at(-1) ?? 0)}`;
}

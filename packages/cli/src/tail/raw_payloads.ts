import { formatLsn, INVALID_LSN, type Lsn } from "@walbrook/walbrook";
import {
  connect,
  type ReplicationConnection,
  type ReplicationStream,
  type XLogData,
} from "@walbrook/walbrook/replication";
import type { TailOptions } from "./arguments.ts";
import { hexText } from "../text/hex_text.ts";
import { escapeControls } from "../text/terminal_text.ts";

/** What to show, and how. */
export interface RawTail {
  /** The database. */
  readonly connection: string | undefined;
  /** The slot. */
  readonly slot: string;
  /** The rest of the command line. */
  readonly options: TailOptions;
  /** Writes text, and resolves once it is written. */
  readonly write: (text: string) => Promise<void>;
  /** Ends it. */
  readonly stop: AbortSignal;
}

/**
 * The interval of reports; the server disconnects after `wal_sender_timeout`, 60 s by
 * default.
 */
const REPORT_MS = 10_000;

/**
 * Shows the payloads of an unknown output plugin with the walsender's own commands: one per
 * line, after its position. Whatever was written is confirmed.
 */
export async function tailRaw(tail: RawTail): Promise<void> {
  const { slot, options, stop } = tail;
  await using connection = await connect(tail.connection, { signal: stop });
  await createSlot(connection, slot, options);
  const { startLsn, plugin, pluginOptions } = options;
  const { xlogPos } = await connection.identifySystem({ signal: stop });
  const until = options.until === "now" ? xlogPos : options.until;
  const stream = await connection.startReplication({
    kind: "logical",
    slot,
    pluginOptions,
    ...startLsn === undefined ? {} : { start: startLsn },
  }).catch((cause) => {
    throw new Error(`Plugin ${plugin} does not start: ${cause.message}`, {
      cause,
    });
  });
  await show(stream, { ...tail, until });
}

async function createSlot(
  connection: ReplicationConnection,
  slot: string,
  { createSlot, temporary, plugin }: TailOptions,
): Promise<void> {
  if (!createSlot && !temporary) return;
  const [found] = await connection.query(
    "SELECT FROM pg_catalog.pg_replication_slots " +
      `WHERE slot_name OPERATOR(pg_catalog.=) '${slot.replaceAll("'", "''")}'`,
  );
  if (found?.rows.length && !temporary) return;
  const kind = "logical";
  await connection.createReplicationSlot(slot, { kind, plugin, temporary });
}

async function show(
  stream: ReplicationStream,
  { options, until, write, stop }: RawTail & { until: Lsn | undefined },
): Promise<void> {
  let written: Lsn = INVALID_LSN;
  let count = 0;
  const report = async () => {
    await stream.sendStatusUpdate({
      ...{ write: written, flush: written, apply: written },
      // An idle server does not report its position unprompted.
      replyRequested: until !== undefined,
    });
  };
  // On a separate timer: the server expects reports from a waiting client as well.
  const timer = setInterval(
    () => void report().catch(() => {}),
    until === undefined ? REPORT_MS : 100,
  );
  const reader = stream.readable.getReader();
  const end = () => void reader.cancel();
  stop.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      const { done, value: batch } = await reader.read();
      if (done) return;
      for (const message of batch) {
        if (message.kind === "NoticeResponse") continue;
        const position = message.kind === "XLogData"
          ? message.walStart
          : message.walEnd;
        if (until !== undefined && position > until) return;
        if (message.kind === "XLogData") {
          await write(format(message, options.format));
          count++;
        } else if (message.replyRequested) await report();
        // Some messages have no position.
        if (position > written) written = position;
        if (count >= options.count) return;
        if (until !== undefined && position >= until) return;
      }
    }
  } finally {
    clearInterval(timer);
    stop.removeEventListener("abort", end);
    if (!stop.aborted) await report().catch(() => {});
    await reader.cancel().catch(() => {});
  }
}

function format({ walStart, data }: XLogData, format: string): string {
  const lsn = formatLsn(walStart);
  const text = readText(data);
  if (format === "ndjson") {
    return `${JSON.stringify({ lsn, data: text ?? { hex: hexText(data) } })}\n`;
  }
  return `${lsn} ${
    text === null ? `\\x${hexText(data)}` : escapeControls(text)
  }\n`;
}

function readText(data: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(data);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

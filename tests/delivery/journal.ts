import { type ReplicationEvent, UNCHANGED } from "@walbrook/walbrook";

/** A transaction, or a message outside of any, as a file keeps it. */
export interface JournalEntry {
  /** Which it is: each kind is in order by itself. */
  readonly kind: "transaction" | "message";
  /** What it is known by: where it commits, or where the message is. */
  readonly lsn: bigint;
  /** All its events. */
  readonly events: readonly ReplicationEvent[];
}

/** Turns an entry into a line: written whole, or not at all. */
export function toLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry, (_, value) => tagged(value))}\n`;
}

/** Reads all whole lines; half of one, at the end, is what a killed process left. */
export function fromLines(text: string): JournalEntry[] {
  return text.split("\n").slice(0, -1).map((line) =>
    JSON.parse(line, (_, value) => untagged(value))
  );
}

function tagged(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: `${value}` };
  if (value === UNCHANGED) return { $unchanged: true };
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  return value;
}

function untagged(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$bigint" in value) return BigInt(`${value.$bigint}`);
  if ("$unchanged" in value) return UNCHANGED;
  if ("$bytes" in value) return Uint8Array.from(value.$bytes as number[]);
  return value;
}

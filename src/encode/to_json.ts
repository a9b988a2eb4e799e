import type { ReplicationEvent } from "../events/event.ts";
import type { Relation, Row } from "../events/relation.ts";
import type { TransactionInfo } from "../events/transaction_info.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import { UNCHANGED } from "../unchanged.ts";
import { isoTime } from "./iso_time.ts";
import { hexText, jsonText, quoteText } from "./json_text.ts";
import { planOf, type RelationPlan } from "./relation_plan.ts";
import { keyOf } from "./row_key.ts";
import { version } from "./version.ts";

/**
 * Converts an event to one JSON object, on one line, without loss: a `bigint` is a string of
 * its digits, bytes are `\x` and hexadecimal digits, positions and times are text. The
 * columns whose values the server did not send, {@linkcode UNCHANGED}, are omitted from
 * `newRow` and listed in `unchanged`. Changes have their {@linkcode version}.
 *
 * Values of `json` columns have the digits that JavaScript's numbers preserved; subscribe
 * with `types: JSON_AS_TEXT` to keep all of them.
 *
 * @example
 * ```ts
 * import { toJson } from "@walbrook/walbrook/encode";
 * import { toLsn, type UnixMicros } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const transaction = {
 *   xid: 755,
 *   commitLsn: toLsn(0x16_b374d848n),
 *   commitTime: 0n as UnixMicros,
 *   origin: null,
 * };
 * assertEquals(
 *   toJson({ kind: "begin", table: null, transaction, index: 0 }),
 *   '{"kind":"begin","transaction":{"xid":755,"commitLsn":"16/B374D848",' +
 *     '"commitTime":"1970-01-01T00:00:00.000000Z","origin":null},"index":0}',
 * );
 * ```
 *
 * @param event The event.
 * @returns The JSON, without a line feed.
 */
export function toJson(event: ReplicationEvent): string {
  switch (event.kind) {
    case "insert":
    case "read":
      return `${headOf(event)}${keyMember(event)}${newRowMember(event)}}`;
    case "update":
      return `${headOf(event)}${oldMembers(event)}${newRowMember(event)}}`;
    case "delete":
      return `${headOf(event)}${oldMembers(event)}}`;
    default:
      return plainEventToJson(event);
  }
}

type RowChange = Extract<
  ReplicationEvent,
  { readonly kind: "insert" | "update" | "delete" | "read" }
>;
type PlainEvent = Exclude<ReplicationEvent, RowChange>;

function headOf(event: RowChange): string {
  const { kind, index, transaction, lsn, relation } = event;
  return `{"kind":"${kind}","version":"${version(event)}","transaction":${
    transactionText(transaction)
  },"index":${index},"lsn":"${lsnText(lsn)}",${
    planOf(relation).relationMember
  },${kind === "read" ? `"run":${event.run},` : ""}`;
}

function keyMember(event: RowChange): string {
  return `"key":${rowText(keyOf(event), planOf(event.relation))},`;
}

function oldMembers(
  { relation, key, oldRow }: Extract<RowChange, { readonly oldRow: unknown }>,
): string {
  const plan = planOf(relation);
  return `"key":${rowText(key, plan)},"oldRow":${rowText(oldRow, plan)}`;
}

function newRowMember(
  { kind, relation, newRow }: Extract<RowChange, { readonly newRow: Row }>,
): string {
  const plan = planOf(relation);
  const unchanged: string[] = [];
  const text = rowText(newRow, plan, unchanged);
  return `${kind === "update" ? "," : ""}"newRow":${text}${
    unchanged.length > 0 ? `,"unchanged":[${unchanged.join(",")}]` : ""
  }`;
}

/**
 * Encodes a row as JSON, its columns in the table's order.
 *
 * @param row The row, or only the columns of its key.
 * @param plan The plan of its table.
 * @param unchanged An array to which the names of columns whose values were not sent are
 * appended, as JSON.
 */
export function rowText(
  row: Row | null,
  { names, labels, hasInheritedNames }: RelationPlan,
  unchanged?: string[],
): string {
  if (row === null) return "null";
  let text = "{";
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = row[name];
    if (value === undefined) continue;
    if (hasInheritedNames && !Object.hasOwn(row, name)) continue;
    if (value === UNCHANGED) {
      unchanged?.push(JSON.stringify(name));
      continue;
    }
    text += text.length > 1
      ? `,${labels[i]}${jsonText(value)}`
      : labels[i] + jsonText(value);
  }
  return `${text}}`;
}

let lastTransaction: TransactionInfo | null = null;
let lastTransactionText = "null";

/** Encodes the properties of a transaction as JSON. */
export function transactionText(transaction: TransactionInfo | null): string {
  if (transaction !== lastTransaction) {
    lastTransaction = transaction;
    lastTransactionText = transaction === null
      ? "null"
      : makeTransactionText(transaction);
  }
  return lastTransactionText;
}

// The stage annotate() adds the annotations of a transaction.
function makeTransactionText(
  { xid, commitLsn, commitTime, origin, gid, annotations }: TransactionInfo & {
    readonly annotations?: unknown;
  },
): string {
  return `{"xid":${xid},"commitLsn":"${formatLsn(commitLsn)}","commitTime":"${
    isoTime(commitTime)
  }","origin":${jsonText(origin)}${
    gid === undefined ? "" : `,"gid":${quoteText(gid)}`
  }${
    annotations === undefined ? "" : `,"annotations":${jsonText(annotations)}`
  }}`;
}

// The same as formatLsn(), which takes three times as long.
function lsnText(lsn: Lsn): string {
  const low = Number(BigInt.asUintN(32, lsn));
  return `${highText(lsn)}/${low.toString(16).toUpperCase()}`;
}

let lastHigh = -1;
let lastHighText = "";

function highText(lsn: Lsn): string {
  const high = Number(lsn >> 32n);
  if (high !== lastHigh) {
    lastHigh = high;
    lastHighText = high.toString(16).toUpperCase();
  }
  return lastHighText;
}

function plainEventToJson(event: PlainEvent): string {
  const { kind, index, transaction } = event;
  const versioned = kind === "truncate" || kind === "message"
    ? { version: version(event) }
    : {};
  const lsn = "lsn" in event ? `,"lsn":"${lsnText(event.lsn)}"` : "";
  const rest = jsonText(describe(event)).slice(1);
  return `${jsonText({ kind, ...versioned }).slice(0, -1)},"transaction":${
    transactionText(transaction)
  },"index":${index}${lsn}${rest === "}" ? "" : ","}${rest}`;
}

function describe(event: PlainEvent): Record<string, unknown> {
  switch (event.kind) {
    case "commit":
    case "prepare":
      return { endLsn: formatLsn(event.endLsn) };
    case "relation": {
      const { relation, previous, changes } = event;
      return { relation, previous, changes };
    }
    case "truncate": {
      const { relations, cascade, restartIdentity } = event;
      return { relations: relations.map(nameOf), cascade, restartIdentity };
    }
    case "message":
      return { prefix: event.prefix, content: contentOf(event.content) };
    case "gap": {
      const { reason, message, from, to } = event;
      const end = to && formatLsn(to);
      return { reason, message, from: formatLsn(from), to: end };
    }
    case "commitPrepared":
    case "rollbackPrepared": {
      const { xid, gid, endLsn } = event;
      return { xid, gid, endLsn: formatLsn(endLsn) };
    }
    case "snapshotBegin": {
      const { relation, run, reason, estimatedRows, estimatedBytes } = event;
      const estimated = { estimatedRows, estimatedBytes };
      return { relation: nameOf(relation), run, reason, ...estimated };
    }
    case "chunk": {
      const { relation, run, rows } = event;
      return { relation: nameOf(relation), run, rows };
    }
    case "snapshotEnd": {
      const { relation, run, rows, aborted } = event;
      return { relation: nameOf(relation), run, rows, aborted };
    }
    default:
      return {};
  }
}

function nameOf({ schema, name }: Relation): Record<string, unknown> {
  return { schema, name };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// The content is text only if the sender wrote text.
function contentOf(content: Uint8Array): unknown {
  try {
    return UTF8.decode(content);
  } catch {
    return { hex: hexText(content) };
  }
}

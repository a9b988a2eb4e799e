import {
  formatLsn,
  type Relation,
  type ReplicationEvent,
  type Row,
  type TransactionInfo,
  UNCHANGED,
} from "@walbrook/walbrook";
import { JsonText } from "./json_text.ts";
import { isoTime } from "./timestamp_text.ts";

/** Writes an event as one line of JSON, which loses nothing of its values. */
export function formatNdjson(event: ReplicationEvent): string {
  const { kind, index, transaction } = event;
  const line = {
    kind,
    transaction: transaction && describeTransaction(transaction),
    index,
    ..."lsn" in event ? { lsn: formatLsn(event.lsn) } : {},
    ...describe(event),
  };
  return `${toJson(line)}\n`;
}

function describe(event: ReplicationEvent): Record<string, unknown> {
  switch (event.kind) {
    case "begin":
    case "beginPrepare":
      return {};
    case "commit":
    case "prepare":
      return { endLsn: formatLsn(event.endLsn) };
    case "relation":
      return {
        relation: event.relation,
        previous: event.previous,
        changes: event.changes,
      };
    case "insert":
      return {
        relation: nameOf(event.relation),
        ...describeNewRow(event.newRow),
      };
    case "update":
      return {
        relation: nameOf(event.relation),
        key: event.key,
        oldRow: event.oldRow,
        ...describeNewRow(event.newRow),
      };
    case "delete":
      return {
        relation: nameOf(event.relation),
        key: event.key,
        oldRow: event.oldRow,
      };
    case "truncate":
      return {
        relations: event.relations.map(nameOf),
        cascade: event.cascade,
        restartIdentity: event.restartIdentity,
      };
    case "message":
      return {
        prefix: event.prefix,
        content: describeContent(event.content),
      };
    case "gap":
      return {
        reason: event.reason,
        message: event.message,
        from: formatLsn(event.from),
        to: event.to && formatLsn(event.to),
      };
    case "commitPrepared":
    case "rollbackPrepared":
      return {
        xid: event.xid,
        gid: event.gid,
        endLsn: formatLsn(event.endLsn),
      };
  }
}

function describeTransaction(
  { xid, commitLsn, commitTime, origin, gid }: TransactionInfo,
): Record<string, unknown> {
  return {
    xid,
    commitLsn: formatLsn(commitLsn),
    commitTime: isoTime(commitTime),
    origin,
    ...gid === undefined ? {} : { gid },
  };
}

function nameOf({ schema, name }: Relation): Record<string, unknown> {
  return { schema, name };
}

/** JSON's null is SQL's; for a value that wasn't sent there has to be something else. */
function describeNewRow(row: Row): Record<string, unknown> {
  const columns = Object.entries(row);
  const sent = columns.filter(([, value]) => value !== UNCHANGED);
  const unchanged = columns.flatMap(([name, value]) =>
    value === UNCHANGED ? [name] : []
  );
  return {
    newRow: Object.fromEntries(sent),
    ...unchanged.length > 0 ? { unchanged } : {},
  };
}

function describeContent(content: Uint8Array): unknown {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(content);
  } catch {
    return { hex: content.toHex() };
  }
}

function toJson(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (value instanceof Uint8Array) {
    return JSON.stringify(`\\x${value.toHex()}`);
  }
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value === "number") return numberToJson(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) =>
      `${JSON.stringify(name)}:${toJson(member)}`
    );
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

function numberToJson(value: number): string {
  if (Object.is(value, -0)) return '"-0"';
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

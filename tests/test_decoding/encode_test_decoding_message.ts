import type {
  TestDecodingColumn,
  TestDecodingMessage,
  TestDecodingRelation,
} from "@walbrook/walbrook/test_decoding";
import {
  UNCHANGED,
  UndecodedText,
  type UnixMicros,
} from "@walbrook/walbrook/test_decoding";

const UTF8 = new TextEncoder();

/** Writes a message as the plugin does, for a server whose time zone is UTC. */
export function encodeTestDecodingMessage(
  message: TestDecodingMessage,
): Uint8Array<ArrayBuffer> {
  if (message.kind === "message" || message.kind === "streamMessage") {
    const { transactional, prefix, content } = message;
    const streaming = message.kind === "streamMessage" ? "streaming " : "";
    const size = message.kind === "streamMessage"
      ? message.size
      : message.content.length;
    const head =
      `${streaming}message: transactional: ${transactional ? 1 : 0} prefix: ` +
      `${prefix}, sz: ${size}${content === null ? "" : " content:"}`;
    return Uint8Array.from([...UTF8.encode(head), ...content ?? []]);
  }
  return UTF8.encode(textOf(message));
}

function textOf(
  message: Exclude<TestDecodingMessage, { kind: "message" | "streamMessage" }>,
): string {
  switch (message.kind) {
    case "begin":
      return `BEGIN${after(" ", message.xid)}`;
    case "commit":
      return `COMMIT${after(" ", message.xid)}${at(message.commitTime)}`;
    case "insert":
      return `table ${nameOf(message.relation)}: INSERT:${
        tuple(message.newTuple)
      }`;
    case "update": {
      const { relation, oldKey, newTuple } = message;
      const old = oldKey === null ? "" : ` old-key:${tuple(oldKey)} new-tuple:`;
      return `table ${nameOf(relation)}: UPDATE:${old}${tuple(newTuple)}`;
    }
    case "delete":
      return `table ${nameOf(message.relation)}: DELETE:${
        tuple(message.oldKey)
      }`;
    case "truncate": {
      const { relations, cascade, restartIdentity } = message;
      const flags = [
        ...restartIdentity ? ["restart_seqs"] : [],
        ...cascade ? ["cascade"] : [],
      ];
      return `table ${relations.map(nameOf).join(", ")}: TRUNCATE: ${
        flags.join(" ") || "(no-flags)"
      }`;
    }
    case "prepare":
      return `PREPARE TRANSACTION ${prepared(message, message.prepareTime)}`;
    case "commitPrepared":
      return `COMMIT PREPARED ${prepared(message, message.commitTime)}`;
    case "rollbackPrepared":
      return `ROLLBACK PREPARED ${prepared(message, message.rollbackTime)}`;
    case "streamStart":
      return `opening a streamed block for transaction${
        after(" TXN ", message.xid)
      }`;
    case "streamStop":
      return `closing a streamed block for transaction${
        after(" TXN ", message.xid)
      }`;
    case "streamChange":
      return `streaming change for ${
        message.xid === null ? "transaction" : `TXN ${message.xid}`
      }`;
    case "streamTruncate":
      return `streaming truncate for ${
        message.xid === null ? "transaction" : `TXN ${message.xid}`
      }`;
    case "streamAbort":
      return `aborting streamed (sub)transaction${after(" TXN ", message.xid)}`;
    case "streamCommit":
      return `committing streamed transaction${after(" TXN ", message.xid)}${
        at(message.commitTime)
      }`;
    case "streamPrepare":
      return `preparing streamed transaction ${
        message.xid === null ? "" : "TXN "
      }${prepared(message, message.prepareTime)}`;
  }
}

function after(separator: string, xid: number | null): string {
  return xid === null ? "" : `${separator}${xid}`;
}

function at(time: UnixMicros | null): string {
  if (time === null) return "";
  const iso = new Date(Number(time / 1000n)).toISOString();
  const seconds = iso.slice(0, 19).replace("T", " ");
  const fraction = `${time % 1_000_000n}`.padStart(6, "0").replace(/0+$/, "");
  return ` (at ${seconds}${fraction && `.${fraction}`}+00)`;
}

function prepared(
  { gid, xid }: { gid: string; xid: number | null },
  time: UnixMicros | null,
): string {
  const quoted = `'${gid.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  const literal = gid.includes("\\") ? `E${quoted}` : quoted;
  return `${literal}${after(", txid ", xid)}${at(time)}`;
}

function nameOf({ schema, name }: TestDecodingRelation): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && name !== "select"
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

function tuple(columns: readonly TestDecodingColumn[] | null): string {
  if (columns === null) return " (no-tuple-data)";
  return columns.map((column) =>
    ` ${
      // A keyword, but not one that could be a column's name as it is.
      column.name === "char"
        ? '"char"'
        : identifier(column.name)}[${column.type}]:${valueOf(column)}`
  ).join("");
}

const BARE = [
  ...["smallint", "integer", "bigint", "oid", "real"],
  ...["double precision", "numeric"],
];

function valueOf({ type, value }: TestDecodingColumn): string {
  if (value instanceof UndecodedText) throw new TypeError("It is no text");
  if (value === null) return "null";
  if (value === UNCHANGED) return "unchanged-toast-datum";
  if (type === "boolean") return value === "t" ? "true" : "false";
  if (type === "bit" || type === "bit varying") return `B'${value}'`;
  if (BARE.includes(type)) return value;
  return `'${value.replaceAll("'", "''")}'`;
}

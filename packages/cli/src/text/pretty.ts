import {
  formatLsn,
  type Relation,
  type ReplicationEvent,
  type Row,
  type UpdateEvent,
} from "@walbrook/walbrook";
import { changeText, sameValue, valueText } from "./value_text.ts";
import {
  escapeControls,
  type Palette,
  shorten,
  visibleLength,
} from "./terminal_text.ts";
import { isoTime } from "./timestamp_text.ts";

// Wide enough for most names, so that the columns of values are aligned.
const NAME_WIDTH = 12;
const VERB_WIDTH = 9;

/** How to lay out the columns of a row. */
export interface Layout {
  /**
   * `"line"`: all on one line. `"record"`: one line each. `"auto"`: record if the line would
   * be wider than the terminal.
   */
  readonly kind: "auto" | "line" | "record";
  /** The width of the terminal; `undefined` if there is none. */
  readonly columns?: number | undefined;
}

const ONE_LINE: Layout = { kind: "line" };

/** Formats an event for people, with changes in colour. */
export function formatPretty(
  event: ReplicationEvent,
  colors: Palette,
  layout: Layout = ONE_LINE,
): string {
  const text = isRowEvent(event)
    ? layOut(describeRowEvent(event, colors), layout, colors)
    : describe(event, colors);
  return `${text}\n`;
}

/** The text of an event about a row: its kind, and its columns. */
interface RowText {
  readonly head: string;
  readonly columns: readonly string[];
}

const RECORD_INDENT = " ".repeat(6);

function layOut(
  { head, columns }: RowText,
  { kind, columns: width = Infinity }: Layout,
  { dim }: Palette,
): string {
  const line = head + columns.join(" ");
  const isRecord = kind === "record" ||
    kind === "auto" && visibleLength(line) > width;
  if (!isRecord) return line;
  const bar = dim("│");
  return [
    head.trimEnd(),
    ...columns.map((column) => `${RECORD_INDENT}${bar} ${column}`),
  ].join("\n");
}

function isRowEvent(event: ReplicationEvent): event is RowEvent {
  return event.kind === "read" || event.kind === "insert" ||
    event.kind === "update" || event.kind === "delete";
}

function describeRowEvent(event: RowEvent, colors: Palette): RowText {
  const { green, yellow, red, cyan } = colors;
  switch (event.kind) {
    case "read":
    case "insert": {
      const paint = event.kind === "read" ? cyan : green;
      return {
        head: head(paint, event.kind, tableName(event.relation)),
        columns: describeRow(event.newRow, colors),
      };
    }
    case "update":
      return {
        head: head(yellow, "update", tableName(event.relation)),
        columns: describeUpdate(event, colors),
      };
    case "delete":
      return {
        head: head(red, "delete", tableName(event.relation)),
        columns: describeRow(event.oldRow ?? event.key ?? {}, colors),
      };
  }
}

type RowEvent = Extract<
  ReplicationEvent,
  { readonly kind: "read" | "insert" | "update" | "delete" }
>;

function describe(
  event: Exclude<ReplicationEvent, RowEvent>,
  colors: Palette,
): string {
  const { dim, bold, red, cyan } = colors;
  switch (event.kind) {
    case "begin":
    case "beginPrepare": {
      const { xid, commitTime, commitLsn, origin } = event.transaction;
      const from = origin === null ? "" : dim(`  from ${plain(origin)}`);
      return `${bold(`begin ${xid}`)}  ${dim(readable(isoTime(commitTime)))}  ${
        formatLsn(commitLsn)
      }${from}`;
    }
    case "commit":
    case "prepare": {
      const { xid, gid } = event.transaction;
      const name = gid === undefined ? "" : ` "${plain(gid)}"`;
      return `${dim(`${event.kind} ${xid}${name}`)}  ${
        dim(`up to ${formatLsn(event.endLsn)}`)
      }`;
    }
    case "commitPrepared":
    case "rollbackPrepared": {
      const verb = event.kind === "commitPrepared" ? "commit" : "rollback";
      return `${bold(`${verb} ${event.xid} "${plain(event.gid)}"`)}  ${
        dim(`up to ${formatLsn(event.endLsn)}`)
      }`;
    }
    case "gap": {
      const end = event.to === null ? "on" : `to ${formatLsn(event.to)}`;
      return `${red("gap")}  from ${formatLsn(event.from)} ${end}  ${
        dim(plain(event.message))
      }`;
    }
    case "snapshotBegin": {
      const { estimatedRows, relation, reason } = event;
      const about = estimatedRows === null ? "" : `about ${estimatedRows} rows`;
      return `${bold(`copy ${tableName(relation)}`)}  ${dim(reason)}  ${
        dim(about)
      }`.trimEnd();
    }
    case "chunk":
      return dim(
        `chunk ${tableName(event.relation)}  ${event.rows} rows, at ${
          formatLsn(event.lsn)
        }`,
      );
    case "snapshotEnd": {
      const { relation, rows, aborted } = event;
      const end = aborted === null ? "copied" : `aborted: ${aborted}`;
      return `${bold(`${end} ${tableName(relation)}`)}  ${dim(`${rows} rows`)}`;
    }
    case "relation":
      return head(dim, "table", tableName(event.relation)) +
        describeColumns(event, colors);
    case "truncate": {
      const how = [
        ...event.cascade ? ["cascade"] : [],
        ...event.restartIdentity ? ["restart identity"] : [],
      ].map((word) => `  ${dim(word)}`);
      const names = event.relations.map(tableName).join(", ");
      return head(red, "truncate", names).trimEnd() + how.join("");
    }
    case "message": {
      const content = new TextDecoder().decode(event.content);
      const when = event.transaction === null
        ? dim(`  outside of transactions, ${formatLsn(event.lsn)}`)
        : "";
      return head(cyan, "message", plain(event.prefix)) +
        plain(shorten(content, 120)) + when;
    }
  }
}

function head(
  paint: (text: string) => string,
  verb: string,
  name: string,
): string {
  return `  ${paint(verb.padEnd(VERB_WIDTH))} ${name.padEnd(NAME_WIDTH)} `;
}

function tableName({ schema, name }: Relation): string {
  return plain(schema === "public" ? name : `${schema}.${name}`);
}

function describeRow(row: Row, { dim }: Palette): string[] {
  return Object.entries(row)
    .map(([name, value]) => `${dim(`${plain(name)}=`)}${valueText(value)}`);
}

/** Describes the changed columns, if the old row is known; otherwise all known ones. */
function describeUpdate(event: UpdateEvent, colors: Palette): string[] {
  const { relation, key, oldRow, newRow } = event;
  const before = oldRow ?? key ?? {};
  const telling = new Set(tellingColumns(relation));
  const shown = Object.keys(newRow).filter((name) =>
    oldRow === null || telling.has(name) ||
    !sameValue(oldRow[name], newRow[name])
  );
  const columns = shown.map((name) =>
    `${colors.dim(`${plain(name)}=`)}${
      Object.hasOwn(before, name) && !sameValue(before[name], newRow[name])
        ? describeChange(before[name], newRow[name], colors)
        : valueText(newRow[name])
    }`
  );
  const nothing = oldRow !== null &&
    Object.keys(newRow).every((name) => sameValue(oldRow[name], newRow[name]));
  return [...columns, ...nothing ? [colors.dim("(nothing changed)")] : []];
}

function describeChange(
  from: unknown,
  to: unknown,
  { dim, red, green }: Palette,
): string {
  const [old, now] = changeText(from, to);
  return `${red(old)} ${dim("→")} ${green(now)}`;
}

/**
 * Returns the columns that identify the row. With REPLICA IDENTITY FULL, all of them count as
 * key; then the first one usually identifies it.
 */
function tellingColumns({ replicaIdentity, columns }: Relation): string[] {
  const telling = replicaIdentity === "full"
    ? columns.slice(0, 1)
    : columns.filter(({ isKey }) => isKey);
  return telling.map(({ name }) => name);
}

function describeColumns(
  { relation, previous }: {
    readonly relation: Relation;
    readonly previous: Relation | null;
  },
  { dim, red, green }: Palette,
): string {
  const names = ({ columns }: Relation) => columns.map(({ name }) => name);
  const old = previous === null ? null : new Set(names(previous));
  const now = new Set(names(relation));
  const keys = new Set(
    relation.replicaIdentity === "full" ? [] : tellingColumns(relation),
  );
  const shown = names(relation).map((name) => {
    const text = plain(name) + (keys.has(name) ? "*" : "");
    return old === null || old.has(name) ? dim(text) : green(`+${text}`);
  });
  const gone = [...old ?? []].filter((name) => !now.has(name))
    .map((name) => red(`-${plain(name)}`));
  const identity = relation.replicaIdentity === "default"
    ? []
    : [dim(`(replica identity ${relation.replicaIdentity})`)];
  return [...shown, ...gone, ...identity].join(" ");
}

function plain(text: string): string {
  return escapeControls(text);
}

function readable(iso: string): string {
  return iso.replace("T", " ");
}

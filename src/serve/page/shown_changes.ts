import { jsonText } from "../../encode/json_text.ts";
import { planOf } from "../../encode/relation_plan.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import { formatClock } from "./format.ts";

/** A value on the page: its text, or why there is none. */
export type ShownValue =
  | { readonly text: string }
  | "null"
  | "masked"
  | "unchanged";

/** A column of a change. */
export interface ShownColumn {
  /** Its name. */
  readonly name: string;
  /** Its value before; absent if it did not change, or is unknown. */
  readonly before?: ShownValue;
  /** Its value. */
  readonly value: ShownValue;
}

/** A change on the page. */
export interface ShownChange {
  /** The commit time of its transaction, by the server's clock. */
  readonly time: string;
  /** Its transaction. */
  readonly xid: number | null;
  /** Whether it is the first shown change of its transaction. */
  readonly isFirst: boolean;
  /** Its kind. */
  readonly kind: string;
  /** Its table, or the prefix of a message. */
  readonly table: string;
  /** The columns of its key. */
  readonly key: readonly ShownColumn[];
  /** Its other columns. */
  readonly columns: readonly ShownColumn[];
}

/** Returns whether a column's values may be shown. */
export type MayShow = (table: string, column: string) => boolean;

/** The maximum length of a value; longer ones are truncated. */
const LONGEST = 60;
const MOST_COLUMNS = 8;

/**
 * Describes a change, with only those values that may be shown; `null` for events without a
 * change.
 *
 * @param event The event.
 * @param isFirst Whether it is the first of its transaction.
 * @param mayShow Returns which columns may be shown.
 */
export function shownChange(
  event: ReplicationEvent,
  isFirst: boolean,
  mayShow: MayShow,
): ShownChange | null {
  const { kind, transaction } = event;
  const common = {
    ...{ kind, isFirst, xid: transaction?.xid ?? null },
    time: transaction === null
      ? ""
      : formatClock(Number(transaction.commitTime / 1000n)),
  };
  switch (kind) {
    case "insert":
    case "update":
    case "delete": {
      const { table } = event;
      const show = shower(table, mayShow);
      const row = kind === "delete"
        ? event.oldRow ?? event.key ?? {}
        : event.newRow;
      const before = kind === "update" ? event.oldRow : null;
      const keys = planOf(event.relation).keyColumns ?? [];
      const names = Object.keys(row).filter((name) => !keys.includes(name));
      const changed = before === null
        ? names
        : names.filter((name) => !isSame(before[name], row[name]));
      return {
        ...{ ...common, table },
        key: keys.map((name) => ({ name, value: show(name, row[name]) })),
        columns: kind === "delete" ? [] : changed.slice(0, MOST_COLUMNS).map(
          (name) => columnOf(name, before, row, show),
        ),
      };
    }
    case "truncate":
      return {
        ...common,
        table: event.relations.map(({ name }) => name).join(", "),
        ...{ key: [], columns: [] },
      };
    case "message":
      return {
        ...{ ...common, table: event.prefix, key: [] },
        columns: [{ name: "content", value: "masked" }],
      };
    default:
      return null;
  }
}

type Show = (name: string, value: unknown) => ShownValue;

function shower(table: string, mayShow: MayShow): Show {
  return (name, value) => {
    if (value === UNCHANGED) return "unchanged";
    if (value === null || value === undefined) return "null";
    if (!mayShow(table, name)) return "masked";
    const text = typeof value === "string" || typeof value === "bigint"
      ? String(value)
      : jsonText(value);
    return {
      text: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text,
    };
  };
}

function columnOf(
  name: string,
  before: Row | null,
  row: Row,
  show: Show,
): ShownColumn {
  const value = show(name, row[name]);
  return before === null
    ? { name, value }
    : { name, before: show(name, before[name]), value };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return jsonText(a) === jsonText(b);
}

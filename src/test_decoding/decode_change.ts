import type { Lsn } from "../lsn.ts";
import { UNCHANGED } from "../unchanged.ts";
import type {
  TestDecodingColumn,
  TestDecodingDelete,
  TestDecodingInsert,
  TestDecodingRelation,
  TestDecodingTruncate,
  TestDecodingUpdate,
} from "./message.ts";
import type { TextCursor } from "./text_cursor.ts";

/** Reads what follows `table `: a change of a row, or a truncation. */
export function decodeChange(
  cursor: TextCursor,
  walStart: Lsn,
):
  | TestDecodingInsert
  | TestDecodingUpdate
  | TestDecodingDelete
  | TestDecodingTruncate {
  const relations = [qualifiedName(cursor)];
  while (cursor.accept(", ")) relations.push(qualifiedName(cursor));
  cursor.expect(": ");
  if (cursor.accept("TRUNCATE:")) {
    return { kind: "truncate", walStart, relations, ...truncateFlags(cursor) };
  }
  const [relation, more] = relations;
  if (relation === undefined || more !== undefined) {
    throw cursor.error("expected TRUNCATE of several tables");
  }
  if (cursor.accept("INSERT:")) {
    const newTuple = columns(cursor);
    return { kind: "insert", walStart, relation, newTuple };
  }
  if (cursor.accept("UPDATE:")) {
    return { kind: "update", walStart, relation, ...update(cursor) };
  }
  if (cursor.accept("DELETE:")) {
    return { kind: "delete", walStart, relation, oldKey: columns(cursor) };
  }
  throw cursor.error("expected INSERT, UPDATE, DELETE or TRUNCATE");
}

function qualifiedName(cursor: TextCursor): TestDecodingRelation {
  const schema = cursor.identifier();
  cursor.expect(".");
  return { schema, name: cursor.identifier() };
}

function truncateFlags(
  cursor: TextCursor,
): Pick<TestDecodingTruncate, "cascade" | "restartIdentity"> {
  if (cursor.accept(" (no-flags)")) {
    return { cascade: false, restartIdentity: false };
  }
  const restartIdentity = cursor.accept(" restart_seqs");
  const cascade = cursor.accept(" cascade");
  if (!restartIdentity && !cascade) throw cursor.error("expected flags");
  return { cascade, restartIdentity };
}

function update(
  cursor: TextCursor,
): Pick<TestDecodingUpdate, "oldKey" | "newTuple"> {
  // No column can look like this: its name would be quoted.
  if (!cursor.accept(" old-key:")) {
    return { oldKey: null, newTuple: columns(cursor) };
  }
  const oldKey = columns(cursor);
  cursor.expect(" new-tuple:");
  return { oldKey, newTuple: columns(cursor) };
}

function columns(cursor: TextCursor): TestDecodingColumn[] | null {
  if (cursor.accept(" (no-tuple-data)")) return null;
  const found: TestDecodingColumn[] = [];
  while (!cursor.sees(" new-tuple:") && cursor.accept(" ")) {
    const name = cursor.identifier();
    cursor.expect("[");
    const type = typeName(cursor);
    cursor.expect("]:");
    found.push({ name, type, value: value(cursor) });
  }
  return found;
}

const TYPE_PART = /[^[\]"]+|\[\]/y;

// Up to the closing bracket: those of arrays are balanced, others are quoted.
function typeName(cursor: TextCursor): string {
  const start = cursor.at;
  for (;;) {
    if (cursor.sees('"')) cursor.quoted('"');
    else if (cursor.match(TYPE_PART) === null) break;
  }
  if (cursor.at === start) throw cursor.error("expected a type");
  return cursor.since(start);
}

const BITS = /[01]*/y;
const NUMBER = /-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity)(?![^ ])|NaN(?![^ ])/y;

function value(cursor: TextCursor): TestDecodingColumn["value"] {
  if (cursor.sees("'")) return cursor.value();
  if (cursor.accept("B'")) {
    const bits = cursor.match(BITS);
    cursor.expect("'");
    return bits;
  }
  const number = cursor.match(NUMBER);
  if (number !== null) return number;
  if (cursor.accept("null")) return null;
  if (cursor.accept("unchanged-toast-datum")) return UNCHANGED;
  if (cursor.accept("true")) return "t";
  if (cursor.accept("false")) return "f";
  throw cursor.error("expected a value");
}

import type { Relation, Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { type ColumnWriter, columnWriter } from "./debezium_value.ts";
import { quoteText } from "./json_text.ts";
import { hasInheritedNames } from "./relation_plan.ts";

/** What is worked out once for each description of a table. */
export interface DebeziumPlan {
  /** The topic of its changes. */
  readonly topic: string;
  /** Its name in transaction metadata: schema and table, with a dot. */
  readonly table: string;
  /** `"schema":"public","table":"orders"`. */
  readonly sourceTable: string;
  /** Whether a row has to be asked which columns are its own. */
  readonly hasInheritedNames: boolean;
  /** The columns, in order. */
  readonly columns: readonly DebeziumColumn[];
}

interface DebeziumColumn extends ColumnWriter {
  readonly name: string;
  /** The beginning of its member of an object: `"id":`. */
  readonly label: string;
}

/** What the plans of one encoder have in common. */
export interface DebeziumPlanOptions {
  /** What topics begin with. */
  readonly topicPrefix: string;
  /** The text that stands for a value that the server did not send. */
  readonly unavailable: string;
}

/** Works out how the rows of a table are written. */
export function makeDebeziumPlan(
  { schema, name, columns }: Relation,
  { topicPrefix, unavailable }: DebeziumPlanOptions,
): DebeziumPlan {
  return {
    topic: topicName(`${topicPrefix}.${schema}.${name}`),
    table: `${schema}.${name}`,
    sourceTable: `"schema":${quoteText(schema)},"table":${quoteText(name)}`,
    hasInheritedNames: hasInheritedNames(columns.map(({ name }) => name)),
    columns: columns.map((column) => ({
      name: column.name,
      label: `${JSON.stringify(column.name)}:`,
      ...columnWriter(column, unavailable),
    })),
  };
}

/** Replaces what a topic's name may not contain, as Debezium does. */
export function topicName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "_");
}

/** Writes a row, or the columns of it that are there, as JSON; `null` for none. */
export function rowValue(row: Row, plan: DebeziumPlan): string;
export function rowValue(row: Row | null, plan: DebeziumPlan): string | null;
export function rowValue(
  row: Row | null,
  { columns, hasInheritedNames }: DebeziumPlan,
): string | null {
  if (row === null) return null;
  let text = "{";
  for (let i = 0; i < columns.length; i++) {
    const { name, label, write, unavailable } = columns[i]!;
    const value = row[name];
    if (value === undefined) continue;
    if (hasInheritedNames && !Object.hasOwn(row, name)) continue;
    if (text.length > 1) text += ",";
    text += label +
      (value === null
        ? "null"
        : value === UNCHANGED
        ? unavailable
        : write(value));
  }
  return `${text}}`;
}

import type { Relation, Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { type ColumnWriter, columnWriter } from "./debezium_value.ts";
import { quoteText } from "./json_text.ts";
import { hasInheritedNames } from "./relation_plan.ts";

/** What is computed once for each description of a table. */
export interface DebeziumPlan {
  /** The topic of its changes. */
  readonly topic: string;
  /** Its name in transaction metadata: schema and table, with a dot. */
  readonly table: string;
  /** `"schema":"public","table":"orders"`. */
  readonly sourceTable: string;
  /** Whether to check for each row which columns are its own properties. */
  readonly hasInheritedNames: boolean;
  /** The columns, in order. */
  readonly columns: readonly DebeziumColumn[];
}

interface DebeziumColumn extends ColumnWriter {
  readonly name: string;
  /** The start of its member in a JSON object: `"id":`. */
  readonly label: string;
}

/** The common options of one encoder's plans. */
export interface DebeziumPlanOptions {
  /** The prefix of topics. */
  readonly topicPrefix: string;
  /** The placeholder for a value that the server did not send. */
  readonly unavailable: string;
}

/** Computes how to encode the rows of a table. */
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

/** Replaces characters that a topic's name may not contain, as Debezium does. */
export function topicName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "_");
}

/** Encodes a row, or those of its columns that are present, as JSON; `null` for none. */
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

import type { RelationEvent } from "../../events/event.ts";
import { tableName } from "../../events/table_name.ts";
import type { TextPart } from "./sentence_facts.ts";

/** What changed in a table. */
export interface DescribedChange {
  /** In words. */
  readonly text: readonly TextPart[];
  /** In a few words. */
  readonly mark: string;
}

/** Describes how a table has changed; `null` if it has not. */
export function describeRelationChange(
  { table, previous, changes }: RelationEvent,
): DescribedChange | null {
  if (previous === null) return null;
  const before = tableName(previous);
  const all: DescribedChange[] = before === table
    ? []
    : [{ text: ["is now named ", { code: table }], mark: "table renamed" }];
  for (const change of changes) {
    const described = describe(change);
    if (described !== null) all.push(described);
  }
  const [first] = all;
  if (first === undefined) return null;
  return {
    text: [
      { code: before },
      ": ",
      ...all.flatMap(({ text }, i) => i === 0 ? text : [", ", ...text]),
    ],
    mark: all.length === 1 ? first.mark : `${all.length} changes`,
  };
}

function describe(
  change: RelationEvent["changes"][number],
): DescribedChange | null {
  switch (change.kind) {
    case "columnAdded":
    case "columnPublished":
      return columnIs(change.column.name, "added");
    case "columnDropped":
    case "columnUnpublished":
    case "columnRemoved":
      return columnIs(change.column.name, "removed");
    case "columnRetyped":
      return columnIs(change.column.name, "has another type");
    case "columnRenamed":
      return {
        text: ["column ", { code: change.previous.name }, " is now ", {
          code: change.column.name,
        }],
        mark: "column renamed",
      };
    // The table's name tells.
    case "tableRenamed":
      return null;
    default:
      return { text: ["defined otherwise"], mark: "schema" };
  }
}

function columnIs(name: string, what: string): DescribedChange {
  return {
    text: ["column ", { code: name }, ` ${what}`],
    mark: what === "has another type" ? "column retyped" : `column ${what}`,
  };
}

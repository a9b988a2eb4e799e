import type { RelationEvent } from "../../events/event.ts";
import { tableName } from "../../events/table_name.ts";
import type { TextPart } from "./sentence.ts";

/** Describes how a table has changed; `null` if it has not. */
export function describeRelationChange(
  { table, previous, changes }: RelationEvent,
): readonly TextPart[] | null {
  if (previous === null) return null;
  const before = tableName(previous);
  const renamed = before === table ? [] : ["is now named ", { code: table }];
  const columns = changes.flatMap((change): TextPart[] => {
    switch (change.kind) {
      case "columnAdded":
      case "columnPublished":
        return ["column ", { code: change.column.name }, " added"];
      case "columnDropped":
      case "columnUnpublished":
      case "columnRemoved":
        return ["column ", { code: change.column.name }, " removed"];
      case "columnRenamed":
        return ["column ", { code: change.previous.name }, " is now ", {
          code: change.column.name,
        }];
      case "columnRetyped":
        return ["column ", { code: change.column.name }, " has another type"];
      default:
        return ["defined otherwise"];
    }
  });
  if (renamed.length === 0 && columns.length === 0) return null;
  return [{ code: before }, ": ", ...renamed, ...columns];
}

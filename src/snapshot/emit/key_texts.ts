import type { RelationDecoders } from "../../rows/relation_decoders.ts";
import type { PublishedTable } from "../read/published_table.ts";

/**
 * Converts a key in binary format to text values for SQL.
 *
 * @param table The table.
 * @param key The key, in the form in which keys are compared.
 * @param decoders Decode the values.
 * @returns The text of each column; `null` if a type has no known text form.
 */
export function keyTexts(
  table: PublishedTable,
  key: string,
  decoders: RelationDecoders,
): readonly string[] | null {
  const relation = decoders.byOid.relation(table.oid);
  if (relation === null) return null;
  const codecs = decoders.types.find(relation);
  const parts = key.split("\0");
  try {
    return (table.key ?? []).map(({ name }, i) => {
      const column = table.columns.find((column) => column.name === name);
      if (column?.hasBinary !== true) return parts[i]!;
      const place = relation.columns.findIndex((one) => one.name === name);
      const bytes = bytesOf(parts[i]!);
      return codecs[place]!.toText(bytes, 0, bytes.length);
    });
  } catch {
    return null;
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

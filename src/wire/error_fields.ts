import type { ByteCursor } from "../bytes/byte_cursor.ts";
import type { PostgresErrorFields } from "../errors.ts";

// The manual, "Error and Notice Message Fields".
const NAMES: Readonly<Record<string, keyof PostgresErrorFields>> = {
  S: "severityLocalized",
  V: "severity",
  C: "code",
  M: "message",
  D: "detail",
  H: "hint",
  P: "position",
  p: "internalPosition",
  q: "internalQuery",
  W: "where",
  s: "schema",
  t: "table",
  c: "column",
  d: "dataType",
  n: "constraint",
  F: "file",
  L: "line",
  R: "routine",
};

/**
 * Reads the fields of an ErrorResponse or NoticeResponse. Fields of an unknown type are
 * ignored, as the manual requires.
 *
 * @param reader The message's body.
 * @returns The fields. `severity` falls back to the translated one, which is all that a
 * server before 9.6 or a pooler sends; `code` to `XX000`.
 */
export function decodeErrorFields(reader: ByteCursor): PostgresErrorFields {
  const found: { -readonly [K in keyof PostgresErrorFields]?: string } = {};
  for (let type = reader.uint8(); type !== 0; type = reader.uint8()) {
    const name = NAMES[String.fromCharCode(type)];
    const value = reader.string();
    if (name !== undefined) found[name] = value;
  }
  reader.end();
  return {
    ...found,
    severity: found.severity ?? found.severityLocalized ?? "ERROR",
    code: found.code ?? "XX000",
    message: found.message ?? "the server gave no message",
  };
}

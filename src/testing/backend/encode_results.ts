import { ByteWriter } from "../../bytes/byte_writer.ts";
import type { TextRow } from "../catalog/table_version.ts";
import type { Result } from "../sql/answer.ts";
import * as write from "./backend_message.ts";

const UTF8 = new TextEncoder();

/** Encodes a result, piece by piece. */
export function* encodeResult(result: Result): Generator<Uint8Array> {
  switch (result.kind) {
    case "done":
      return yield write.commandComplete(result.tag);
    case "rows": {
      const names = Array.from({ length: result.width }, () => "?column?");
      yield write.rowDescription(names);
      for (const row of result.rows) yield write.dataRow(row);
      return yield write.commandComplete(`SELECT ${result.rows.length}`);
    }
    case "copy": {
      const { rows, width, isBinary } = result;
      yield write.copyOutResponse(width, isBinary);
      yield* isBinary ? binaryRows(rows) : textRows(rows);
      yield write.copyDone();
      return yield write.commandComplete(`COPY ${rows.length}`);
    }
  }
}

// Source: the manual, "COPY", "Text Format".
function* textRows(rows: readonly TextRow[]): Generator<Uint8Array> {
  for (const row of rows) {
    const line = row.map((text) => text === null ? "\\N" : escaped(text));
    yield write.copyData(UTF8.encode(`${line.join("\t")}\n`));
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

function escaped(text: string): string {
  return text.replaceAll(/[\b\f\n\r\t\v\\]/g, (one) => ESCAPES[one] ?? one);
}

const SIGNATURE = Uint8Array.of(
  ...[0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00],
);

// Source: the manual, "COPY", "Binary Format". All values are text: nothing else is
// requested.
function* binaryRows(rows: readonly TextRow[]): Generator<Uint8Array> {
  let piece = new ByteWriter().bytes(SIGNATURE).int32(0).int32(0);
  for (const row of rows) {
    piece.int16(row.length);
    for (const text of row) write.writeText(piece, text);
    yield write.copyData(piece.finish());
    piece = new ByteWriter();
  }
  yield write.copyData(piece.int16(-1).finish());
}

import { ProtocolError } from "../errors.ts";
import type {
  DeleteMessage,
  InsertMessage,
  UpdateMessage,
} from "../pgoutput/message.ts";
import {
  type TupleData,
  type TupleValue,
  UNCHANGED,
} from "../pgoutput/tuple.ts";
import { UndecodedText } from "../pgoutput/undecoded_text.ts";
import type { Row } from "../events/relation.ts";
import type { RowChange } from "./row_change.ts";
import type { RowDecoder } from "./row_decoder.ts";

/**
 * Creates the rows of a decoded Insert, Update or Delete.
 *
 * @param message The message.
 * @param decoder The decoder for its table.
 * @param readKey Creates the key from a key tuple.
 */
export function rowChangeOf(
  message: InsertMessage | UpdateMessage | DeleteMessage,
  decoder: RowDecoder,
  readKey: typeof keyOf = keyOf,
): RowChange {
  switch (message.kind) {
    case "insert": {
      const newRow = rowOf(decoder, message.newTuple, null);
      return { kind: "insert", decoder, key: decoder.keyOf(newRow), newRow };
    }
    case "update": {
      const { keyTuple, oldTuple, newTuple } = message;
      const newRow = rowOf(decoder, newTuple, oldTuple ?? keyTuple);
      const oldRow = oldTuple === null ? null : rowOf(decoder, oldTuple, null);
      const key = keyTuple !== null
        ? readKey(decoder, keyTuple)
        : oldRow !== null
        ? decoder.keyOf(oldRow)
        // If the server sends neither, the key has not changed.
        : decoder.sendsOldKey
        ? decoder.keyOf(newRow)
        : null;
      return { kind: "update", decoder, key, oldRow, newRow };
    }
    case "delete": {
      const { keyTuple, oldTuple } = message;
      const oldRow = oldTuple === null ? null : rowOf(decoder, oldTuple, null);
      const key = keyTuple !== null
        ? readKey(decoder, keyTuple)
        : oldRow && decoder.keyOf(oldRow);
      return { kind: "delete", decoder, key, oldRow };
    }
  }
}

/**
 * Creates a whole row.
 *
 * @param decoder The decoder for the table.
 * @param tuple The server's values.
 * @param old The tuple from which to take values that the server omitted as unchanged.
 * @throws {ProtocolError} If there are more or fewer values than columns.
 */
export function rowOf(
  decoder: RowDecoder,
  tuple: TupleData,
  old: TupleData | null,
): Row {
  const { columns } = decoder.relation;
  if (tuple.length !== columns.length) {
    throw new ProtocolError(
      `Cannot read a row of ${decoder.table}: ${tuple.length} values for ${columns.length} columns`,
    );
  }
  const row = decoder.beginRow();
  columns.forEach(({ name }, i) => {
    let value = tuple[i];
    // In an old tuple with only the key, null stands for "not sent".
    if (value === UNCHANGED) value = old?.[i] ?? UNCHANGED;
    row[name] = valueOf(decoder, i, value);
  });
  return decoder.endRow(row);
}

/**
 * Creates the value of a column.
 *
 * @param decoder The decoder for the table.
 * @param i The column's index.
 * @param raw The content of a decoded tuple at this index.
 */
export function valueOf(
  decoder: RowDecoder,
  i: number,
  raw: TupleValue | undefined,
): unknown {
  if (raw instanceof UndecodedText) {
    return decoder.textAt(i, raw, 0, raw.length);
  }
  if (raw instanceof Uint8Array) return decoder.binaryAt(i, raw, 0, raw.length);
  if (typeof raw !== "string") return raw;
  try {
    return decoder.codecs[i]!.fromText(raw);
  } catch (error) {
    decoder.refuse(i, error);
    return raw;
  }
}

/** Extracts the key columns of a row; `null` if the table has no key. */
export function keyOf(decoder: RowDecoder, tuple: TupleData): Row | null {
  if (!decoder.hasKey) return null;
  const { columns } = decoder.relation;
  const keys = tuple.map((value, i) => columns[i]?.isKey ? value : null);
  return decoder.keyOf(rowOf(decoder, keys, null));
}

/**
 * Creates the key from a tuple in which `UNCHANGED` stands for values that were not sent:
 * usually it has the columns of the table's key, and others if the table had another key at
 * that time.
 *
 * @param decoder The decoder for the table.
 * @param tuple The tuple.
 * @returns The key; `null` if no value was sent.
 */
export function sentKeyOf(decoder: RowDecoder, tuple: TupleData): Row | null {
  const row = rowOf(decoder, tuple, null);
  const names = decoder.relation.columns.flatMap(({ name }, i) =>
    tuple[i] === UNCHANGED ? [] : [name]
  );
  const isKey = JSON.stringify(names) === JSON.stringify(decoder.keyNames);
  if (isKey) return decoder.keyOf(row);
  return names.length === 0
    ? null
    : Object.fromEntries(names.map((name) => [name, row[name]]));
}

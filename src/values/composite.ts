import { ByteCursor } from "../bytes/byte_cursor.ts";
import { FieldReader, quoteField } from "./text/field_reader.ts";
import { setOwnProperty } from "./own_property.ts";
import { StaleTypeError } from "./codec/stale_type_error.ts";
import type { ValueCodec } from "./codec/value_codec.ts";

/** An attribute of a composite type, and its codec. */
export interface AttributeCodec {
  /** The attribute's name. */
  readonly name: string;
  /** The OID of its type. */
  readonly typeOid: number;
  /** Decodes its values. */
  readonly codec: ValueCodec;
}

/** The definition of a composite type. */
export interface CompositeCodecOptions {
  /** The type's OID. */
  readonly typeOid: number;
  /** The type's name, for errors. */
  readonly name: string;
  /** Its attributes, in order. */
  readonly attributes: readonly AttributeCodec[];
  /** Finds the codec of a type, for values that have other attributes. */
  readonly codecOf: (typeOid: number) => ValueCodec;
}

// record_out in src/backend/utils/adt/rowtypes.c.
const SPECIAL = /["\\(), \t\n\r\v\f]/;

/**
 * Creates the codec for one composite type: a plain object, by the attributes' names.
 *
 * @param type The type.
 */
export function compositeCodec(type: CompositeCodecOptions): ValueCodec {
  return {
    fromText(text) {
      const fields = readFields(text);
      const { attributes } = type;
      // "()" is the text both without attributes and with a single one that is NULL.
      const isEmpty = attributes.length === 0 && text === "()";
      if (fields.length !== attributes.length && !isEmpty) {
        throw stale(type, `${fields.length} attributes`);
      }
      const object: Record<string, unknown> = {};
      attributes.forEach(({ name, codec }, i) => {
        const field = fields[i] ?? null;
        const value = field === null ? null : codec.fromText(field);
        setOwnProperty(object, name, value);
      });
      return object;
    },
    fromBinary(bytes, start, end) {
      const body = bytes.subarray(start, end);
      const fields = readBinaryFields(body);
      checkTypes(type, fields);
      const object: Record<string, unknown> = {};
      type.attributes.forEach(({ name, codec }, i) => {
        const field = fields[i]!;
        const value = field.start < 0
          ? null
          : codec.fromBinary(body, field.start, field.end);
        setOwnProperty(object, name, value);
      });
      return object;
    },
    toText(bytes, start, end) {
      const body = bytes.subarray(start, end);
      const texts = readBinaryFields(body).map((field) =>
        field.start < 0 ? "" : quoteField(
          type.codecOf(field.typeOid).toText(body, field.start, field.end),
          SPECIAL,
        )
      );
      return `(${texts.join(",")})`;
    },
  };
}

function readFields(text: string): (string | null)[] {
  const reader = new FieldReader(text, "a composite");
  const fields: (string | null)[] = [];
  reader.expect("(");
  do fields.push(reader.field(",)")); while (reader.expect(",)") === ",");
  reader.end();
  return fields;
}

interface BinaryField {
  readonly typeOid: number;
  /** Where it starts; -1 for NULL. */
  readonly start: number;
  readonly end: number;
}

// Source: record_send in src/backend/utils/adt/rowtypes.c.
function readBinaryFields(body: Uint8Array): BinaryField[] {
  const cursor = new ByteCursor(body, "a composite");
  const fields: BinaryField[] = [];
  for (let i = cursor.count(cursor.int32(), 8); i > 0; i--) {
    const typeOid = cursor.uint32();
    const length = cursor.int32();
    const start = length === -1 ? -1 : cursor.skip(length);
    fields.push({ typeOid, start, end: start + length });
  }
  cursor.end();
  return fields;
}

function checkTypes(
  type: CompositeCodecOptions,
  fields: readonly BinaryField[],
): void {
  const { attributes } = type;
  const isSame = fields.length === attributes.length &&
    fields.every(({ typeOid }, i) => typeOid === attributes[i]!.typeOid);
  if (isSame) return;
  throw stale(
    type,
    `${fields.length} attributes, of types ${
      fields.map(({ typeOid }) => typeOid)
    }`,
  );
}

function stale(
  { typeOid, name, attributes }: CompositeCodecOptions,
  shape: string,
): StaleTypeError {
  return new StaleTypeError(
    `Cannot read a value of composite type ${name}: it has ${shape}, and the type ${attributes.length} attributes, of types ${
      attributes.map(({ typeOid }) => typeOid)
    }; was the type altered?`,
    { typeOid, shape },
  );
}

import { type BuiltInCodecs, builtInTextCodec } from "../values/base_codec.ts";
import { OwnParsers, type TypeParsers } from "../values/own_parsers.ts";
import type { AskCatalogOptions } from "./query_catalog.ts";
import { ColumnTypes } from "./column_types.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";
import { typeLookUp } from "./type_look_up.ts";

/** What reading all types takes. */
export interface AllTypesOptions {
  /** The caller's functions. */
  readonly types: TypeParsers;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** Where to look types up; `null` where the catalog is not to be asked. */
  readonly catalog: AskCatalogOptions | null;
  /** The publications whose tables' types to look up at the first time. */
  readonly publications: readonly string[];
  /** Told where that fails. */
  readonly onBadValue: OnBadValue;
  /** Says that nobody waits for an answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Reads values of all types, in both formats.
 *
 * @throws {TypeError} If one of the caller's functions is none.
 */
export async function allTypes(options: AllTypesOptions): Promise<ColumnTypes> {
  const { types, binary, catalog, publications, onBadValue, signal } = options;
  return new ColumnTypes({
    own: new OwnParsers(types),
    builtIn: await builtInCodecs(binary),
    binary,
    lookUp: catalog && typeLookUp({ ...catalog, publications }),
    onBadValue,
    signal,
  });
}

// Most of what binary formats take, nobody needs who gets text.
async function builtInCodecs(binary: boolean): Promise<BuiltInCodecs> {
  if (!binary) return builtInTextCodec;
  const { builtInCodec } = await import("../values/textual_codec.ts");
  return builtInCodec;
}

import { type BuiltInCodecs, builtInTextCodec } from "../values/base_codec.ts";
import { OwnParsers, type TypeParsers } from "../values/own_parsers.ts";
import type { AskCatalogOptions } from "./query_catalog.ts";
import { ColumnTypes } from "./column_types.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";
import { typeLookUp } from "./type_look_up.ts";

/** Options for {@linkcode allTypes}. */
export interface AllTypesOptions {
  /** The caller's functions. */
  readonly types: TypeParsers;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** Where to look up types; `null` to skip lookups. */
  readonly catalog: AskCatalogOptions | null;
  /** The publications whose tables' types the first lookup includes. */
  readonly publications: readonly string[];
  /** Called if a lookup fails. */
  readonly onBadValue: OnBadValue;
  /** Aborted when nobody waits for an answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Creates the codecs for all types, in both formats.
 *
 * @throws {TypeError} If one of the caller's functions is not a function.
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

// Most of the code for binary formats is not needed for text.
async function builtInCodecs(binary: boolean): Promise<BuiltInCodecs> {
  if (!binary) return builtInTextCodec;
  const { builtInCodec } = await import("../values/textual_codec.ts");
  return builtInCodec;
}

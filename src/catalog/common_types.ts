import { commonCodec } from "../values/common_codec.ts";
import type { StaleTypeError } from "../values/codec/stale_type_error.ts";
import type { TypeName } from "../values/type_name.ts";
import type { ValueCodec } from "../values/codec/value_codec.ts";
import type { Relation } from "../events/relation.ts";
import type { RelationTypes } from "../rows/relation_types.ts";

/**
 * Finds the codecs of tables that have only common types. The first other type loads the
 * module for all types, which takes over from then on.
 */
export class CommonTypes implements RelationTypes {
  readonly #load: () => Promise<RelationTypes>;
  // The names of types, for that module once it is loaded.
  readonly #names = new Map<number, TypeName>();
  #all: RelationTypes | null = null;

  /** @param load Loads the module for all types. */
  constructor(load: () => Promise<RelationTypes>) {
    this.#load = load;
  }

  resume(): void {
    this.#names.clear();
    this.#all?.resume();
  }

  name(typeOid: number, typeName: TypeName): void {
    if (this.#all === null) this.#names.set(typeOid, typeName);
    else this.#all.name(typeOid, typeName);
  }

  describe(
    relation: Relation,
  ): readonly ValueCodec[] | Promise<readonly ValueCodec[]> {
    if (this.#all !== null) return this.#all.describe(relation);
    return commonCodecs(relation) ?? this.#describeByAll(relation);
  }

  find(relation: Relation): readonly ValueCodec[] {
    return this.#all?.find(relation) ?? commonCodecs(relation) ?? [];
  }

  mayRefresh(error: StaleTypeError): boolean {
    return this.#all?.mayRefresh(error) ?? false;
  }

  async refresh(error: StaleTypeError): Promise<void> {
    await this.#all?.refresh(error);
  }

  async #describeByAll(relation: Relation): Promise<readonly ValueCodec[]> {
    const all = await this.#load();
    for (const [typeOid, typeName] of this.#names) all.name(typeOid, typeName);
    this.#names.clear();
    this.#all = all;
    return await all.describe(relation);
  }
}

// The codecs of a table's columns; null if one of them does not have a common type.
function commonCodecs({ columns }: Relation): readonly ValueCodec[] | null {
  const codecs: ValueCodec[] = [];
  for (const { typeOid } of columns) {
    const codec = commonCodec(typeOid);
    if (codec === undefined) return null;
    codecs.push(codec);
  }
  return codecs;
}

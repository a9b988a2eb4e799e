import type { OnBadValue } from "@walbrook/walbrook/subscription";
import type { TypeParsers } from "@walbrook/walbrook/values";
import {
  ColumnTypes,
  type LookUpTypes,
} from "../../src/catalog/column_types.ts";
import { EventAssembler } from "../../src/assembly/event_assembler.ts";
import { MessageAssembler } from "../../src/assembly/message_assembler.ts";
import { builtInCodec } from "../../src/values/textual_codec.ts";
import { OwnParsers } from "../../src/values/own_parsers.ts";

/** What an assembler under test is to work with: nothing, unless said here. */
export interface NewAssemblerOptions {
  /** The caller's functions. */
  readonly types?: TypeParsers;
  /** Whether values come in binary format. */
  readonly binary?: boolean;
  /** The catalog. */
  readonly lookUp?: LookUpTypes;
  /** Told of bad values. */
  readonly onBadValue?: OnBadValue;
}

/** Makes what takes messages of all kinds. */
export function newAssembler(
  options: NewAssemblerOptions = {},
): MessageAssembler {
  return new MessageAssembler(newEventAssembler(options));
}

/** Makes an assembler as a subscription does. */
export function newEventAssembler(
  options: NewAssemblerOptions = {},
): EventAssembler {
  const { types = {}, binary = false, lookUp = null } = options;
  const onBadValue = options.onBadValue ?? (() => {});
  return new EventAssembler({
    types: new ColumnTypes({
      own: new OwnParsers(types),
      builtIn: builtInCodec,
      binary,
      lookUp,
      onBadValue,
    }),
    onBadValue,
  });
}

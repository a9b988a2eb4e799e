import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  asInstant,
  asPlainDate,
  asPlainDateTime,
  asPlainTime,
} from "@walbrook/walbrook";

type Maker = (text: string) => unknown;

const VALUES: readonly (readonly [Maker, string, string])[] = [
  [asInstant, "2024-02-29 12:34:56.789012+00", "2024-02-29T12:34:56.789012Z"],
  [asInstant, "2024-02-29 12:34:56+05:30", "2024-02-29T07:04:56Z"],
  [asInstant, "1880-01-01 00:00:00+00:19:32", "1879-12-31T23:40:28Z"],
  [asInstant, "0044-03-15 12:00:00+00 BC", "-000043-03-15T12:00:00Z"],
  [asInstant, "0001-12-31 00:00:00+00 BC", "0000-12-31T00:00:00Z"],
  [asInstant, "275760-09-13 00:00:00+00", "+275760-09-13T00:00:00Z"],
  [asPlainDate, "2024-02-29", "2024-02-29"],
  [asPlainDate, "0001-01-01 BC", "0000-01-01"],
  [asPlainDate, "10000-01-01", "+010000-01-01"],
  [asPlainDateTime, "2024-02-29 12:34:56.5", "2024-02-29T12:34:56.5"],
  [asPlainDateTime, "4713-01-01 00:00:00 BC", "-004712-01-01T00:00:00"],
  [asPlainTime, "00:00:00.000001", "00:00:00.000001"],
];

for (const [make, text, expected] of VALUES) {
  Deno.test(`${make.name}() reads ${text}`, () => {
    assertEquals(String(make(text)), expected);
  });
}

const TOO_FAR: readonly (readonly [Maker, string])[] = [
  [asInstant, "infinity"],
  [asInstant, "294276-12-31 23:59:59.999999+00"],
  [asPlainDate, "-infinity"],
  [asPlainDate, "294276-12-31"],
  [asPlainDate, "5874897-12-31"],
  [asPlainDateTime, "294276-12-31 23:59:59.999999"],
  [asPlainTime, "24:00:00"],
];

for (const [make, text] of TOO_FAR) {
  Deno.test(`${make.name}() refuses ${text}, which none can hold`, () => {
    assertThrows(() => make(text), RangeError, text);
  });
}

const OTHER: readonly (readonly [Maker, string])[] = [
  [asInstant, "2024-02-29"],
  [asInstant, "02/29/2024"],
  [asPlainDate, "2024-02-29 12:34:56"],
  [asPlainDateTime, "12:34:56"],
  [asPlainTime, "12:34:56+00"],
  [asPlainTime, "2024-02-29 12:34:56"],
];

for (const [make, text] of OTHER) {
  Deno.test(`${make.name}() refuses ${text}, which has another form`, () => {
    assertThrows(() => make(text), SyntaxError, "Cannot make a Temporal.");
  });
}

Deno.test("asInstant() keeps no reference to Temporal, and says where it is missing", () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "Temporal");
  assert(descriptor !== undefined);
  Object.defineProperty(globalThis, "Temporal", {
    value: undefined,
    configurable: true,
  });
  try {
    assertThrows(
      () => asInstant("2024-02-29 12:34:56+00"),
      TypeError,
      "this runtime has no Temporal",
    );
  } finally {
    Object.defineProperty(globalThis, "Temporal", descriptor);
  }
});

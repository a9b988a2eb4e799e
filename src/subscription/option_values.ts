import { suggestion } from "../connection/keyword_values.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";

/** What an option may be, for the message, and a test for it. */
type Expected = readonly [what: string, accepts: (value: unknown) => boolean];

const BOOLEAN: Expected = ["a boolean", (value) => typeof value === "boolean"];
const CALLBACK: Expected = [
  "a function",
  (value) => typeof value === "function",
];
// Other places check these.
const ANYTHING: Expected = ["", () => true];

const EXPECTED: Readonly<Record<keyof SubscribeOptions, Expected>> = {
  connection: ANYTHING,
  slot: ANYTHING,
  publication: ANYTHING,
  plugin: ANYTHING,
  acknowledge: oneOf("consumed", "manual"),
  acknowledgeMessages: BOOLEAN,
  until: [
    'a position (a bigint), "now" or "snapshot"',
    (value) =>
      typeof value === "bigint" || value === "now" || value === "snapshot",
  ],
  startLsn: [
    "a position (a bigint); parseLsn() reads one from text",
    (value) => typeof value === "bigint",
  ],
  checkpoint: [
    "a store with the methods load() and save(); @walbrook/walbrook/checkpoint has some",
    (value) => hasMethod(value, "load") && hasMethod(value, "save"),
  ],
  snapshot: [
    '"initial", "always" or an object',
    (value) => value === "initial" || value === "always" || isObject(value),
  ],
  acceptTimeline: BOOLEAN,
  messages: BOOLEAN,
  binary: BOOLEAN,
  origin: oneOf("any", "none"),
  streaming: [
    "a boolean or an object",
    (value) => typeof value === "boolean" || isObject(value),
  ],
  twoPhase: BOOLEAN,
  protocolVersion: [
    "1, 2, 3 or 4",
    (value) => [1, 2, 3, 4].includes(value as number),
  ],
  types: ["an object", isObject],
  typeLookup: BOOLEAN,
  signal: [
    "an AbortSignal",
    (value) => hasMethod(value, "addEventListener"),
  ],
  onNotice: CALLBACK,
  onBadValue: CALLBACK,
  retry: ["an object or false", (value) => value === false || isObject(value)],
  gaps: oneOf("error", "event"),
  onGap: CALLBACK,
  onWarning: CALLBACK,
  slotGuard: ["an object", isObject],
  onStatus: CALLBACK,
  dial: CALLBACK,
  environment: ["an object", isObject],
};

/**
 * Rejects unknown options and invalid values. TypeScript reports both; JavaScript would
 * ignore them, or fail later.
 *
 * @param options The options of `subscribe()`. One that is `undefined` or `null` is left out.
 * @throws {TypeError} If there is one; the message says what is expected.
 */
export function refuseWrongValues(
  options: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (!Object.hasOwn(EXPECTED, name)) {
      throw new TypeError(
        `Cannot subscribe: there is no option "${name}"${
          suggestion(name, Object.keys(EXPECTED))
        }`,
      );
    }
    const [what, accepts] = EXPECTED[name as keyof SubscribeOptions];
    if (!accepts(value)) {
      throw new TypeError(
        `Cannot subscribe: the option ${name} is ${
          describe(value)
        }, not ${what}`,
      );
    }
  }
}

function oneOf(...words: readonly string[]): Expected {
  return [
    words.map((word) => `"${word}"`).join(" or "),
    (value) => words.includes(value as string),
  ];
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function hasMethod(value: unknown, name: string): boolean {
  return isObject(value) &&
    typeof (value as Record<string, unknown>)[name] === "function";
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value === null || typeof value === "boolean" ||
      typeof value === "number"
    ? String(value)
    : `of type ${typeof value}`;
}

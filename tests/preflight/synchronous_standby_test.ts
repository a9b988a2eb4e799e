import { assertEquals } from "@std/assert";
import {
  namesStandby,
  synchronousWarning,
} from "../../src/preflight/synchronous_standby.ts";

const SETTINGS: readonly (readonly [names: string, named: boolean])[] = [
  ["walbrook", true],
  ["*", true],
  ["WalBrook", true],
  ['"walbrook"', true],
  ["a, walbrook", true],
  ["a,walbrook,b", true],
  ["2 (a, walbrook)", true],
  ["FIRST 1 (walbrook, b)", true],
  ["first 1(b,*)", true],
  ["ANY 2 (a, b, walbrook)", true],
  ["ANY 1 (*)", true],
  ["", false],
  ["walbrook2", false],
  ["a, b", false],
  ["FIRST 1 (a)", false],
  ['"wal brook"', false],
  ['"say ""walbrook"""', false],
];

Deno.test("namesStandby() reads synchronous_standby_names as the server does", () => {
  for (const [names, named] of SETTINGS) {
    assertEquals(namesStandby(names, "walbrook"), named, names);
  }
  assertEquals(namesStandby('"Say ""hi"""', 'say "hi"'), true);
  assertEquals(namesStandby("FIRST 1 (first)", "first"), true);
  assertEquals(namesStandby("FIRST 1 (a)", "first"), false);
  assertEquals(namesStandby("any, first", "first"), true);
  assertEquals(namesStandby("2 (a)", "2"), false);
});

Deno.test("synchronousWarning() names the setting and the subscription", () => {
  const { code, subject, message } = synchronousWarning("*", "search");
  assertEquals([code, subject], ["synchronousStandby", "*"]);
  assertEquals(
    message,
    "Commits on the server may wait for this subscription: synchronous_standby_names is '*', and its application_name is \"search\"",
  );
});

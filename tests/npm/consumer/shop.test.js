import { expect, test } from "vitest";
import { formatLsn, parseLsn } from "walbrook";

test("a position is what it was", () => {
  expect(formatLsn(parseLsn("16/B374D848"))).toBe("16/B374D848");
});

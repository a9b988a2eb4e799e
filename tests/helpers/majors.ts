import type { PostgresMajor } from "../../examples/demo/postgres_server.ts";

/** The versions that the tests can start. */
export const ALL_MAJORS: readonly PostgresMajor[] = [14, 15, 16, 17, 18];

/**
 * The versions to test: those in the variable `WALBROOK_PG_MAJORS` ("14,18"),
 * or all of them.
 */
export const MAJORS: readonly PostgresMajor[] = readMajors(
  Deno.env.get("WALBROOK_PG_MAJORS"),
);

function readMajors(text: string | undefined): readonly PostgresMajor[] {
  if (!text) return ALL_MAJORS;
  const asked = text.split(",").map(Number);
  const unknown = asked.filter((one) =>
    !ALL_MAJORS.some((major) => major === one)
  );
  if (unknown.length > 0) {
    throw new RangeError(
      `Cannot test "${text}": WALBROOK_PG_MAJORS takes majors of ${ALL_MAJORS}`,
    );
  }
  return ALL_MAJORS.filter((major) => asked.includes(major));
}

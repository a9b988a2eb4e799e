import { ACTIVITY_CHECKS } from "./activity.ts";
import type { Check } from "./check.ts";
import { LINK_CHECKS } from "./link.ts";
import { PUBLICATION_CHECKS } from "./publication.ts";
import { ROLE_CHECKS } from "./role.ts";
import { SERVER_CHECKS } from "./server.ts";
import { SLOT_CHECKS } from "./slot.ts";

/**
 * The checks of {@linkcode runDoctor}, in their order. A row of a check's query is a problem.
 *
 * @example The identifiers of the errors
 * ```ts
 * import { CHECKS } from "@walbrook/walbrook/doctor";
 *
 * const errors = CHECKS.filter(({ severity }) => severity === "error");
 * console.log(errors.map(({ id }) => id).join(" "));
 * ```
 */
export const CHECKS: readonly Check[] = [
  ...SERVER_CHECKS,
  ...ROLE_CHECKS,
  ...PUBLICATION_CHECKS,
  ...SLOT_CHECKS,
  ...ACTIVITY_CHECKS,
  ...LINK_CHECKS,
];

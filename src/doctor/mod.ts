/**
 * Examines a server: whether a subscription will work, what will cause trouble later, and
 * what to do about it. It never writes to the server.
 *
 * @example
 * ```ts ignore
 * import { doctorExitCode, doctorText, runDoctor } from "@walbrook/walbrook/doctor";
 *
 * const report = await runDoctor("postgres://app@localhost/shop", {
 *   slot: "search_indexer",
 *   publication: "shop",
 * });
 * console.log(doctorText(report));
 * Deno.exit(doctorExitCode(report));
 * ```
 *
 * @module
 */
export { type DoctorOptions, runDoctor } from "./run_doctor.ts";
export {
  doctorExitCode,
  type DoctorReport,
  type ExaminedServer,
  type Finding,
  type SkippedCheck,
} from "./report.ts";
export { doctorJson, doctorText } from "./render.ts";
export type { Check, Severity } from "./checks/check.ts";
export { CHECKS } from "./checks/all_checks.ts";
export { type Provider, PROVIDER_NAMES } from "./checks/provider.ts";

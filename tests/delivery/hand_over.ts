/**
 * Measures the time until the next instance of a consumer has the slot, under load:
 * `deno task load:handover`. It takes about a minute.
 *
 * @module
 */
import { startPostgres } from "../helpers/postgres.ts";
import { rollDeploys } from "./hand_over/roll_deploys.ts";

const DEPLOYS = {
  ...{ deploys: 12, writers: 4, rowsEach: 125, heldMs: 2_500 },
};

await using server = await startPostgres({ major: 18, copied: false });
const { takeOverMs, rows, rowsPerSecond, lost, repeated, wrong } =
  await rollDeploys(server, DEPLOYS);
const sorted = [...takeOverMs].sort((a, b) => a - b);
console.log(`\
rows                ${rows}, ${rowsPerSecond.toFixed(0)}/s
take-overs          ${takeOverMs.map((ms) => ms.toFixed(0)).join(" ")} ms
shortest            ${sorted[0]} ms
median              ${sorted[sorted.length >> 1]} ms
longest             ${sorted.at(-1)} ms
lost, twice, wrong  ${lost}, ${repeated}, ${wrong}`);

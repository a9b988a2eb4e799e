import { FEEDBACK_MUTANTS } from "./feedback.ts";
import type { Mutant } from "./mutant.ts";
import { ROUTER_MUTANTS } from "./router.ts";
import { SINK_MUTANTS } from "./sink.ts";
import { SNAPSHOT_MUTANTS } from "./snapshot.ts";
import { SUBSCRIPTION_MUTANTS } from "./subscription.ts";

/** The mutants that `deno task mutants` plants, one after the other. */
export const MUTANTS: readonly Mutant[] = [
  ...SUBSCRIPTION_MUTANTS,
  ...FEEDBACK_MUTANTS,
  ...SINK_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...ROUTER_MUTANTS,
];

/** All benches, in the order in which they are run and shown. @module */
import type { Bench } from "../harness/bench.ts";
import { DECODE_BENCHES, DELIVER_BENCHES, ENCODE_BENCHES } from "./decode.ts";
import { FOLLOW_BENCHES, NETWORK_BENCHES, TLS_BENCHES } from "./follow.ts";
import {
  AT_REST_BENCHES,
  COLD_START_BENCHES,
  LATENCY_BENCHES,
} from "./others.ts";
import { SNAPSHOT_BENCHES } from "./snapshot.ts";

/** All benches. Another one is added by adding it here. */
export const BENCHES: readonly Bench[] = [
  ...DECODE_BENCHES,
  ...ENCODE_BENCHES,
  ...DELIVER_BENCHES,
  ...FOLLOW_BENCHES,
  ...TLS_BENCHES,
  ...NETWORK_BENCHES,
  ...LATENCY_BENCHES,
  ...COLD_START_BENCHES,
  ...AT_REST_BENCHES,
  ...SNAPSHOT_BENCHES,
];

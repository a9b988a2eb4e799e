/**
 * What a lane does: nothing, it writes a batch, or it waits to write one again. `"parked"`: it
 * does nothing, and a key of it is parked.
 */
export type LaneState = "idle" | "writing" | "retrying" | "parked";

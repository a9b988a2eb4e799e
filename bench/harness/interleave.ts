import type { Slice } from "./slice.ts";

/** A participant that takes turns. */
export interface Participant {
  /** Its name in the tables. */
  readonly name: string;
  /** Works for one slice. */
  takeTurn(round: number): Promise<Slice>;
}

/** Options for {@linkcode interleave}. */
export interface InterleaveOptions {
  /** The number of rounds, each with one slice of each participant. */
  readonly rounds: number;
  /** Is told of each slice. */
  readonly onSlice?: (taken: TakenSlice) => void;
}

/** A slice that was taken. */
export interface TakenSlice {
  readonly participant: Participant;
  readonly round: number;
  readonly slice: Slice;
}

/**
 * Gives turns to participants, one at a time and always in the same order: A B A B …, so
 * that each waits for the same time between two of its turns. Some runtimes are slower
 * after a longer rest.
 *
 * @returns The slices of each participant, by round.
 */
export async function interleave<T extends Participant>(
  participants: readonly T[],
  { rounds, onSlice }: InterleaveOptions,
): Promise<Map<T, Slice[]>> {
  const taken = new Map<T, Slice[]>(participants.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const participant of participants) {
      const slice = await participant.takeTurn(round);
      taken.get(participant)!.push(slice);
      onSlice?.({ participant, round, slice });
    }
  }
  return taken;
}

/**
 * Tells whether there is time for another generation of processes.
 *
 * @param seconds How long the last one took.
 */
export type MayRepeat = (seconds: number) => boolean;

// What is still to come may take longer than what there was.
const RESERVE = 1.25;

/** Shares the time of a run among its contests. */
export class TimeBudget {
  readonly #seconds: number;
  #left: number;
  // Without what was repeated.
  #spent = 0;
  #held = 0;

  /**
   * @param seconds How long the run may take.
   * @param contests How many contests it has.
   */
  constructor(seconds: number, contests: number) {
    this.#seconds = seconds;
    this.#left = contests;
  }

  /**
   * Notes that a contest was held.
   *
   * @param seconds How long it took, without what was repeated.
   */
  add(seconds: number): void {
    this.#left--;
    this.#held++;
    this.#spent += seconds;
  }

  /** Notes that a contest needs no time. */
  skip(): void {
    this.#left--;
  }

  /**
   * Tells whether the contest that is held now may be repeated.
   *
   * @param elapsed The seconds since the start of the run.
   * @param seconds How long it took.
   */
  mayRepeat(elapsed: number, seconds: number): boolean {
    const mean = (this.#spent + seconds) / (this.#held + 1);
    const reserved = (this.#left - 1) * mean * RESERVE;
    return elapsed + seconds + reserved <= this.#seconds;
  }
}

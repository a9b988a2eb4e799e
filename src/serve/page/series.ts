/** How many points a chart has, and how far apart they are: 15 minutes. */
const POINTS = 300;
/** The time between two points, in milliseconds. */
export const STEP_MS = 3_000;

/** The last values of something, for a chart. `null` is a hole: unknown is not zero. */
export class Series {
  readonly #values: (number | null)[] = [];
  readonly #length: number;

  /** @param length How many values it keeps. */
  constructor(length: number = POINTS) {
    this.#length = length;
  }

  /** The values, the oldest first. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** Adds a value. */
  push(value: number | null): void {
    this.#values.push(value === null ? null : Number(value.toPrecision(4)));
    if (this.#values.length > this.#length) this.#values.shift();
  }

  /** The value of an earlier point; `null` if it is unknown. */
  before(points: number): number | null {
    return this.#values.at(-1 - points) ?? null;
  }
}

/** The number of points in a chart: 15 minutes. */
const POINTS = 300;
/** The time between two points, in milliseconds. */
export const STEP_MS = 3_000;

/** The last values for a chart. `null` is a gap: unknown is not zero. */
export class Series {
  readonly #values: (number | null)[] = [];
  readonly #length: number;

  /** @param length How many values to keep. */
  constructor(length: number = POINTS) {
    this.#length = length;
  }

  /** The values, oldest first. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** Adds a value. */
  push(value: number | null): void {
    this.#values.push(value === null ? null : Number(value.toPrecision(4)));
    if (this.#values.length > this.#length) this.#values.shift();
  }

  /** Returns an earlier value; `null` if it is unknown. */
  before(points: number): number | null {
    return this.#values.at(-1 - points) ?? null;
  }
}

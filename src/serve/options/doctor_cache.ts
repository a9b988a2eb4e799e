import type { DoctorReport } from "../../doctor/report.ts";

const KEPT_MS = 60_000;

/** Caches the last examination, since one takes many queries. */
export class DoctorCache {
  readonly #examine: () => Promise<DoctorReport>;
  #last: DoctorReport | null = null;
  #at = -Infinity;
  #running: Promise<DoctorReport> | null = null;

  /** @param examine Examines the server. */
  constructor(examine: () => Promise<DoctorReport>) {
    this.#examine = examine;
  }

  /** The last examination; `null` before the first. */
  get last(): DoctorReport | null {
    return this.#last;
  }

  /** Returns an examination that is at most a minute old. */
  async report(): Promise<DoctorReport> {
    if (this.#last !== null && performance.now() - this.#at < KEPT_MS) {
      return this.#last;
    }
    this.#running ??= this.#run().finally(() => this.#running = null);
    return await this.#running;
  }

  async #run(): Promise<DoctorReport> {
    const report = await this.#examine();
    this.#last = report;
    this.#at = performance.now();
    return report;
  }
}

import type { DeadLetter } from "../options/dead_letter.ts";
import {
  DeliveryError,
  messageOf,
  refusal,
} from "../options/delivery_error.ts";
import type { Item } from "./item.ts";
import { KeyGroups, type ParkedKey } from "./key_groups.ts";
import { attemptsOf, keysOf, Letters, type Rejected } from "./letters.ts";
import type { RouteSettings } from "../options/settings.ts";
import type { SingleOutcome, Writer } from "./writer.ts";

/** The parts of a {@linkcode Parking}. */
export interface ParkingOptions {
  /** The route. */
  readonly settings: RouteSettings;
  /** Counts, and ends the delivery. */
  readonly writer: Writer;
  /** Creates a delivery from the event of a letter. */
  readonly itemOf: (letter: DeadLetter) => Item;
}

/**
 * Stores dead letters: deliveries that were rejected, and all that follow them with the same
 * key.
 *
 * Tasks run one after another: storing letters, releasing keys, replaying. Deliveries for a
 * key that arrive in the meantime wait for these tasks, so that they stay in order whatever
 * happens to the key.
 */
export class Parking {
  readonly #options: ParkingOptions;
  readonly #groups = new KeyGroups();
  readonly #store: Letters;
  // Keys whose letters are released, while the deliveries waiting for them are sent.
  readonly #passing = new Set<string>();
  #tasks: Task[] = [];
  #isWorking = false;
  #letters = 0;

  /** @param options The route, and the parts to notify. */
  constructor(options: ParkingOptions) {
    this.#options = options;
    this.#store = new Letters(options.settings);
  }

  /** The number of letters stored by this run. */
  get letters(): number {
    return this.#letters;
  }

  /** The keys that are parked. */
  get keys(): readonly string[] {
    return this.#groups.keys;
  }

  /** The same, and what waits behind them. */
  get parked(): readonly ParkedKey[] {
    return this.#groups.parked;
  }

  /** When the oldest delivery that waits to be stored arrived. */
  get since(): number | undefined {
    const first = this.#tasks.find((task) => task.kind === "letter");
    return first?.item.since;
  }

  /** Parks the keys of letters that earlier runs stored. */
  async open(): Promise<void> {
    for await (const letter of this.#store.read()) {
      this.#groups.add(letter.keys, letter);
    }
  }

  /** Whether a delivery follows a dead letter. */
  holds({ key, previousKey }: Item): boolean {
    if (this.#groups.isEmpty) return false;
    return (key !== null && this.#groups.has(key)) ||
      (previousKey !== null && this.#groups.has(previousKey));
  }

  /** Processes a rejected delivery: stores it, or ends everything. */
  refuse(item: Item, error: unknown): void {
    const { settings: { store, destination }, writer } = this.#options;
    const attempts = attemptsOf(item, "refused");
    if (store === null || item.key === null) {
      writer.note([item], { error, attempts, next: "stop" });
      writer.fail(refusal(destination.name, item, error));
      return;
    }
    writer.note([item], { error, attempts, next: "deadLetter" });
    this.#park(item, "refused", messageOf(error));
  }

  /** Processes a delivery that follows a dead letter. */
  follow(item: Item): void {
    this.#park(item, "behind", BEHIND);
  }

  /**
   * Resumes the delivery of a key. Its letters are deleted from the store, and not delivered.
   *
   * @returns Whether the key was parked.
   */
  async release(key: string): Promise<boolean> {
    if (!this.#groups.has(key)) return false;
    await this.#queue({ kind: "release", key });
    return true;
  }

  /**
   * Delivers the letters of a key in order, and resumes the delivery of the key.
   *
   * @returns The number of delivered letters; 0 if the key is not parked.
   * @throws {DeliveryError} If one is rejected again: the key stays parked, with its letters.
   */
  async replay(key: string): Promise<number> {
    if (!this.#groups.has(key)) return 0;
    return await this.#queue({ kind: "replay", key });
  }

  #queue(
    task: { readonly kind: "release" | "replay"; readonly key: string },
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#tasks.push({ ...task, resolve, reject });
      this.#start();
    });
  }

  // Requests to a delivery that has ended are rejected.
  #rejectTasks(): void {
    const { destination: { name } } = this.#options.settings;
    for (const task of this.#tasks) {
      if (task.kind === "letter") continue;
      task.reject(
        new DeliveryError(
          `Cannot ${task.kind} ${task.key} of ${name}: the delivery has ended; start it again, and do so while it runs`,
          { destination: name },
        ),
      );
    }
  }

  #park(item: Item, reason: DeadLetter["reason"], error: string): void {
    this.#groups.add(keysOf(item), { reason, error, time: Date.now() });
    this.#tasks.push({ kind: "letter", item, reason, error });
    this.#checkBound();
    this.#start();
  }

  #checkBound(): void {
    const { settings: { maxParkedKeys, destination }, writer } = this.#options;
    if (this.#groups.size <= maxParkedKeys) return;
    writer.fail(
      new DeliveryError(
        `Cannot keep dead letters of more than ${maxParkedKeys} keys for ${destination.name}: check why it rejects them, replay or release them, or raise maxParkedKeys`,
        { destination: destination.name },
      ),
    );
  }

  #start(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    void this.#work().catch((error) => {
      this.#isWorking = false;
      this.#options.writer.fail(error);
    });
  }

  async #work(): Promise<void> {
    while (this.#tasks.length > 0 && !this.#options.writer.isOver) {
      const task = this.#tasks[0]!;
      if (task.kind !== "letter") {
        this.#tasks.shift();
        await this.#run(task);
      } else if (this.#passes(task)) {
        this.#tasks.shift();
        await this.#pass(task.item);
      } else {
        await this.#keep();
      }
      this.#unpark();
    }
    // Without a pause: the next task starts the work again.
    this.#isWorking = false;
    if (this.#options.writer.isOver) this.#rejectTasks();
  }

  async #run({ kind, key, resolve, reject }: KeyTask): Promise<void> {
    try {
      const replayed = kind === "replay" ? await this.#replay(key) : 0;
      await this.#letThrough(this.#groups.groupOf(key));
      resolve(replayed);
    } catch (error) {
      reject(error);
    }
  }

  async #replay(key: string): Promise<number> {
    const { writer, settings: { destination }, itemOf } = this.#options;
    const group = this.#groups.groupOf(key);
    // After a crash, a letter may be stored twice.
    const ids = new Set<string>();
    for (const letter of await this.#store.lettersOf(group)) {
      if (ids.has(letter.id)) continue;
      ids.add(letter.id);
      const item = itemOf(letter);
      const outcome = await writer.writeSingle(item);
      if (outcome.kind !== "done") {
        throw notReplayed(destination.name, item, outcome);
      }
    }
    await writer.flushAll();
    return ids.size;
  }

  async #letThrough(keys: readonly string[]): Promise<void> {
    await this.#store.release(keys);
    for (const key of keys) this.#passing.add(key);
  }

  // A copied row replaces everything that was missed before it.
  #passes({ item, reason }: LetterTask): boolean {
    return reason === "behind" &&
      (isCopy(item) || keysOf(item).some((key) => this.#passing.has(key)));
  }

  async #pass(item: Item): Promise<void> {
    const keys = keysOf(item).flatMap((key) => this.#groups.groupOf(key));
    if (keys.some((key) => !this.#passing.has(key))) {
      await this.#letThrough(keys);
    }
    const { writer } = this.#options;
    const outcome = await writer.writeSingle(item);
    if (outcome.kind === "done") {
      writer.finish([item]);
    } else if (outcome.kind === "refused") {
      for (const key of keys) this.#passing.delete(key);
      const error = messageOf(outcome.error);
      this.#tasks.unshift({ kind: "letter", item, reason: "refused", error });
    }
  }

  // The letters up to the next task of another kind.
  async #keep(): Promise<void> {
    const { writer } = this.#options;
    const next = this.#tasks.findIndex((task) =>
      task.kind !== "letter" || this.#passes(task)
    );
    const tasks = this.#tasks.splice(0, next < 0 ? Infinity : next)
      .filter((task) => task.kind === "letter");
    await this.#store.keep(tasks);
    this.#letters += tasks.length;
    writer.remove(tasks.map(({ item }) => item));
  }

  // A key is no longer parked once nothing waits for it.
  #unpark(): void {
    if (this.#passing.size === 0) return;
    const waiting = new Set(
      this.#tasks.flatMap((task) =>
        task.kind === "letter" ? keysOf(task.item) : []
      ),
    );
    const free = [...this.#passing].filter((key) =>
      !this.#groups.groupOf(key).some((one) => waiting.has(one))
    );
    this.#groups.remove(free);
    for (const key of free) this.#passing.delete(key);
  }
}

const BEHIND = "An earlier change of its key was rejected";

interface LetterTask extends Rejected {
  readonly kind: "letter";
}

interface KeyTask {
  readonly kind: "release" | "replay";
  readonly key: string;
  readonly resolve: (replayed: number) => void;
  readonly reject: (error: unknown) => void;
}

type Task = LetterTask | KeyTask;

function notReplayed(
  destination: string,
  item: Item,
  outcome: SingleOutcome,
): DeliveryError {
  const why = outcome.kind === "refused"
    ? messageOf(outcome.error)
    : "the delivery ends";
  return new DeliveryError(
    `Cannot replay ${item.id} of ${item.key} to ${destination}: ${why}; its letters are kept`,
    { destination, delivery: item },
    outcome.kind === "refused" ? { cause: outcome.error } : undefined,
  );
}

function isCopy({ event, key }: Item): boolean {
  return event.kind === "read" && key !== null;
}

import type { FakeTable } from "@walbrook/walbrook/testing";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { END } from "./meaning.ts";
import { type Command, Json, type Step } from "./script.ts";

type Row = Record<string, unknown>;

/** The tables of a random script, by what identifies their rows. */
export const TABLES: Readonly<Record<string, FakeTable>> = {
  a: {
    columns: { id: "int", t: "text", n: "numeric(8,3)", j: "jsonb" },
    primaryKey: "id",
  },
  b: {
    columns: { k: "text", i: "int", v: { type: "text", toasted: true } },
    primaryKey: ["k", "i"],
    replicaIdentity: "full",
  },
  c: {
    columns: { u: "text", w: "float8", x: "text" },
    replicaIdentity: { index: "u" },
  },
  d: {
    columns: { id: "int8", body: { type: "text", toasted: true }, z: "bool" },
    primaryKey: "id",
  },
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  ...{ a: ["id"], b: ["k", "i"], c: ["u"], d: ["id"] },
};
const PARTS = ["x", "'", '"', "\\", "\n", "\t", " ", "ä", "𝄞", "\\N", "{", ","];

/** Makes a script of transactions and definitions, the same for the same seed. */
export function randomScript(seed: number, length: number): readonly Step[] {
  return [...new RandomScript(seed).steps(length)];
}

class RandomScript {
  readonly #draw: (below: number) => number;
  // The keys of the rows that there are.
  readonly #rows = new Map(
    Object.keys(TABLES).map((name) => [name, [] as Row[]]),
  );
  #extra: string[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#draw = randomNumbers(seed);
  }

  *steps(length: number): Generator<Step> {
    for (let i = 0; i < length; i++) {
      if (this.#draw(6) === 0) yield this.#definition();
      yield this.#draw(8) === 0
        ? { emit: "p", content: `outside ${i}` }
        : { transaction: this.#commands() };
    }
    yield { create: END, table: { columns: { id: "int" } } };
    yield { transaction: [{ insert: END, row: { id: 1 } }] };
  }

  #commands(): Command[] {
    return Array.from({ length: 1 + this.#draw(5) }, () => this.#command());
  }

  #command(): Command {
    if (this.#draw(12) === 0) return { message: "p", content: "within" };
    const table = this.#pick(Object.keys(TABLES));
    const rows = this.#rows.get(table)!;
    if (this.#draw(15) === 0) {
      rows.length = 0;
      return { truncate: [table] };
    }
    const what = rows.length === 0 ? 0 : this.#draw(4);
    if (what < 2) {
      const row = { ...this.#key(table), ...this.#values(table) };
      rows.push(this.#keyOf(table, row));
      return { insert: table, row };
    }
    const at = this.#draw(rows.length);
    const where = rows[at]!;
    if (what === 3) {
      rows.splice(at, 1);
      return { delete: table, where };
    }
    const set = { ...this.#values(table) };
    if (this.#draw(3) === 0) Object.assign(set, this.#key(table));
    if (Object.keys(set).length === 0) Object.assign(set, where);
    rows[at] = this.#keyOf(table, { ...where, ...set });
    return { update: table, where, set };
  }

  // A table gets more columns, which are renamed and dropped again.
  #definition(): Step {
    const name = `extra_${this.#count++}`;
    const what = this.#extra.length === 0 ? 0 : this.#draw(3);
    if (what === 0) {
      this.#extra.push(name);
      const as = { type: "text", default: this.#text() };
      return { alter: "a", change: { addColumn: name, as } };
    }
    const old = this.#extra.splice(this.#draw(this.#extra.length), 1)[0]!;
    if (what === 1) return { alter: "a", change: { dropColumn: old } };
    this.#extra.push(name);
    return { alter: "a", change: { renameColumn: old, to: name } };
  }

  #keyOf(table: string, row: Row): Row {
    return Object.fromEntries(KEYS[table]!.map((name) => [name, row[name]]));
  }

  // A key that no row has had.
  #key(table: string): Row {
    const id = this.#count++;
    switch (table) {
      case "b":
        return { k: this.#text(), i: id };
      case "c":
        return { u: `${id} ${this.#text()}` };
      default:
        return { id };
    }
  }

  // Some of the other columns.
  #values(table: string): Row {
    const all: Row = {
      a: () => ({
        t: this.#text(),
        n: `${this.#draw(2) === 0 ? "-" : ""}${this.#draw(1e4)}.${
          this.#draw(1e5)
        }`,
        j: new Json({ [this.#text()]: this.#draw(9), b: [this.#text()] }),
        ...Object.fromEntries(this.#extra.map((one) => [one, this.#text()])),
      }),
      b: () => ({ v: this.#large() }),
      c: () => ({ w: (this.#draw(1e6) - 5e5) / 64, x: this.#text() }),
      d: () => ({ body: this.#large(), z: this.#draw(2) === 0 }),
    }[table]!();
    return Object.fromEntries(
      Object.entries(all).filter(() => this.#draw(3) > 0)
        .map(([name, value]) => [name, this.#draw(7) === 0 ? null : value]),
    );
  }

  #text(): string {
    const length = this.#draw(6);
    return Array.from({ length }, () => this.#pick(PARTS)).join("");
  }

  // Too large to be stored in the row.
  #large(): string {
    return `${this.#draw(100)} large ${this.#text()}`.repeat(400);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#draw(list.length)]!;
  }
}

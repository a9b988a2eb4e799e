/**
 * A small shop: it changes its own tables all the time, so that a publication
 * of them always has new changes.
 *
 * @module
 */

/**
 * Runs one SQL string of one or more statements, which the simple query protocol
 * makes one transaction of. What it resolves to is not used.
 */
export type Execute = (sql: string) => Promise<unknown>;

/** The publication that {@linkcode openShop} makes, of all the shop's tables. */
export const SHOP_PUBLICATION = "shop";

/** What {@linkcode runShop} takes. */
export interface ShopOptions {
  /** Closes the shop; {@linkcode runShop} then resolves. */
  readonly signal: AbortSignal;
  /**
   * The same seed makes the same days.
   *
   * @default {1}
   */
  readonly seed?: number;
  /**
   * The longest pause between two transactions, in milliseconds.
   *
   * @default {400}
   */
  readonly longestPauseMs?: number;
}

const PRODUCTS: readonly (readonly [string, number, readonly string[]])[] = [
  ["Tea pot", 24.5, ["kitchen", "clay"]],
  ["Bread knife", 31, ["kitchen", "steel"]],
  ["Desk lamp", 58.9, ["office"]],
  ["Fountain pen", 42, ["office", "gift"]],
  ["Wool blanket", 89.99, ["home", "gift"]],
  ["Map of London's rivers", 17.25, ["print", "gift"]],
];

const NAMES: readonly string[] = [
  ...["Ada Byron", "Bao Tran", "Chloé Dubois", "Dara O'Hara", "Emeka Obi"],
  ...["Freya Lund", "Goran Ilić", "Hana Sato", "Inés Ruiz", "Jonas Weiß"],
];

/**
 * Makes the shop's tables and its publication, and stocks its shelves, in a
 * database that has none of them yet.
 *
 * @param execute Runs SQL, as a user who may create tables.
 */
export async function openShop(execute: Execute): Promise<void> {
  const products = PRODUCTS.map(([name, price, tags], at) =>
    `(${at + 1}, ${literal(name)}, ${price}, 40, ${literal(`{${tags}}`)})`
  );
  await execute(`
    CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped');
    CREATE TABLE customers (
      id int PRIMARY KEY,
      name text NOT NULL,
      email text NOT NULL UNIQUE,
      newsletter boolean NOT NULL,
      joined_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE products (
      id int PRIMARY KEY,
      name text NOT NULL,
      price numeric(8, 2) NOT NULL,
      stock int NOT NULL,
      tags text[] NOT NULL
    );
    CREATE TABLE orders (
      id bigint PRIMARY KEY,
      customer_id int NOT NULL REFERENCES customers,
      status order_status NOT NULL DEFAULT 'pending',
      total numeric(10, 2) NOT NULL,
      items jsonb NOT NULL,
      placed_at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE orders REPLICA IDENTITY FULL;
    CREATE TABLE carts (
      customer_id int,
      product_id int,
      quantity int NOT NULL,
      PRIMARY KEY (customer_id, product_id)
    );
    CREATE PUBLICATION ${SHOP_PUBLICATION}
      FOR TABLE customers, products, orders, carts;
    INSERT INTO products VALUES ${products.join(", ")};
  `);
}

/**
 * Does business in the shop that {@linkcode openShop} made: a few transactions a
 * second, with inserts, updates, deletes, truncates and logical messages. Each
 * of them comes at least once in the first 20 changes.
 *
 * @param execute Runs SQL, as a user who may change the tables.
 * @param options When to stop.
 */
export async function runShop(
  execute: Execute,
  options: ShopOptions,
): Promise<void> {
  const { signal, seed = 1, longestPauseMs = 400 } = options;
  const random = randomNumbers(seed);
  const shop = new Shop(random);
  try {
    for (const transaction of shop.days()) {
      if (signal.aborted) return;
      await execute(transaction);
      await pause(longestPauseMs * (0.2 + 0.8 * random()), signal);
    }
  } catch (error) {
    // The connection may go away together with the signal.
    if (!signal.aborted) throw error;
  }
}

interface Order {
  readonly id: number;
  status: "pending" | "paid" | "shipped";
}

/** What the shop knows of itself, so that it needs no answer from the database. */
class Shop {
  readonly #random: () => number;
  #customers = 0;
  #nextOrder = 1001;
  #orders: Order[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The shop's transactions, without end. */
  *days(): Generator<string> {
    // The first day has something of everything.
    yield this.#signUp();
    yield this.#fillCart();
    yield this.#placeOrder();
    yield this.#announce("The shop is open");
    yield this.#pay();
    yield this.#signUp();
    yield this.#fillCart();
    yield this.#placeOrder();
    yield this.#cancel();
    yield this.#ship();
    yield this.#emptyCarts();
    while (true) yield this.#anything();
  }

  #anything(): string {
    const event = this.#below(100);
    if (event < 8) return this.#signUp();
    if (event < 36) return this.#fillCart();
    if (event < 56) return this.#placeOrder();
    if (event < 70) return this.#pay();
    if (event < 82) return this.#ship();
    if (event < 86) return this.#cancel();
    if (event < 94) return this.#reprice();
    if (event < 97) return this.#announce("Free delivery today");
    return this.#emptyCarts();
  }

  #signUp(): string {
    const id = ++this.#customers;
    const name = NAMES[id % NAMES.length] ?? "";
    const email = `${name.split(" ")[0]?.toLowerCase()}.${id}@example.com`;
    return `INSERT INTO customers (id, name, email, newsletter)
      VALUES (${id}, ${literal(name)}, ${literal(email)}, ${
      this.#below(2) > 0
    })`;
  }

  #fillCart(): string {
    return `INSERT INTO carts
      VALUES (${this.#customer()}, ${this.#product()}, ${1 + this.#below(3)})
      ON CONFLICT (customer_id, product_id)
      DO UPDATE SET quantity = carts.quantity + excluded.quantity`;
  }

  /** One transaction with changes of three kinds. */
  #placeOrder(): string {
    const order: Order = { id: this.#nextOrder++, status: "pending" };
    this.#orders.push(order);
    const customer = this.#customer();
    const product = this.#product();
    const quantity = 1 + this.#below(3);
    const total = (PRODUCTS[product - 1]?.[1] ?? 0) * quantity;
    const items = JSON.stringify([{ product, quantity }]);
    return `INSERT INTO orders (id, customer_id, total, items)
        VALUES (${order.id}, ${customer}, ${total}, ${literal(items)});
      UPDATE products SET stock = stock - ${quantity} WHERE id = ${product};
      DELETE FROM carts WHERE customer_id = ${customer};
      ${this.#archive()}`;
  }

  #pay(): string {
    return this.#move("pending", "paid") ?? this.#fillCart();
  }

  #ship(): string {
    return this.#move("paid", "shipped") ?? this.#reprice();
  }

  #move(from: Order["status"], to: Order["status"]): string | undefined {
    const order = this.#orders.find((one) => one.status === from);
    if (!order) return undefined;
    order.status = to;
    return `UPDATE orders SET status = ${literal(to)} WHERE id = ${order.id}`;
  }

  #cancel(): string {
    const order = this.#orders.findLast((one) => one.status === "pending");
    if (!order) return this.#signUp();
    this.#orders = this.#orders.filter((one) => one !== order);
    return `DELETE FROM orders WHERE id = ${order.id};
      ${message(`Order ${order.id} was cancelled`)}`;
  }

  /** Keeps the tables small, however long the shop runs. */
  #archive(): string {
    if (this.#orders.length < 50) return "";
    const old = this.#orders.splice(0, 10).map((order) => order.id);
    return `DELETE FROM orders WHERE id IN (${old})`;
  }

  #reprice(): string {
    const percent = 90 + this.#below(21);
    return `UPDATE products
      SET price = round(price * ${percent} / 100, 2), stock = stock + 5
      WHERE id = ${this.#product()}`;
  }

  #announce(text: string): string {
    return message(text);
  }

  #emptyCarts(): string {
    return `TRUNCATE carts; ${message("All carts were emptied")}`;
  }

  #customer(): number {
    return 1 + this.#below(this.#customers);
  }

  #product(): number {
    return 1 + this.#below(PRODUCTS.length);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

function message(text: string): string {
  return `SELECT pg_logical_emit_message(true, 'shop', ${literal(text)});`;
}

/** A string constant; safe while `standard_conforming_strings` is on, the default. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Waits, unless the signal comes first. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish);
    function finish(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    }
  });
}

/** Numbers from 0 to 1 that look random, the same for the same seed (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

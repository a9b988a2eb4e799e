import type { NatsServer } from "../../examples/demo/nats_server.ts";
import type { PostgresServer } from "../helpers/postgres.ts";
import { pause } from "./pause.ts";

/** What is killed with SIGKILL, and started again. */
export interface Victim {
  readonly name: string;
  readonly kill: () => Promise<void>;
}

const CLIENT = new URL("./client.ts", import.meta.url).pathname;

/** A program that delivers until it is killed. */
export class Program implements Victim {
  readonly name: string;
  readonly #args: readonly string[];
  #child: Deno.ChildProcess | null = null;
  #watch: Promise<void> = Promise.resolve();

  constructor(name: string, args: readonly string[]) {
    this.name = name;
    this.#args = args;
    this.#start();
  }

  #start(): void {
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", CLIENT, ...this.#args],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    // One that ends by itself, since a server is down, is started again.
    this.#watch = child.status.then(async () => {
      if (this.#child !== child) return;
      await pause(200);
      if (this.#child === child) this.#start();
    });
  }

  async kill(): Promise<void> {
    await this.end();
    this.#start();
  }

  /** Kills it, and leaves it. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    try {
      child?.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#watch;
  }
}

/** A NATS server as a victim. */
export function natsVictim(server: NatsServer): Victim {
  return {
    name: "nats-server",
    async kill() {
      await server.kill();
      await server.start();
    },
  };
}

/** A PostgreSQL server as a victim. */
export function postgresVictim(name: string, server: PostgresServer): Victim {
  return { name, kill: () => crash(server) };
}

// As the operating system ends it when memory is short.
async function crash(server: PostgresServer): Promise<void> {
  const file = `${server.dataDirectory}/postmaster.pid`;
  const pid = Number((await Deno.readTextFile(file)).split("\n")[0]);
  Deno.kill(pid, "SIGKILL");
  for (let attempt = 0;; attempt++) {
    try {
      return await server.start();
    } catch (error) {
      // Its children are still about.
      if (attempt === 50) throw error;
      await pause(200);
    }
  }
}

/** A kill. */
export interface Kill {
  /** The index of the victim. */
  readonly index: number;
  /** How long to wait before, in milliseconds. */
  readonly pauseMs: number;
}

/**
 * Draws what is killed, and when: the victims in an order of its own for each round, one in
 * four kills right behind the one before.
 *
 * @param random Draws a whole number below the one that is given.
 * @param victims The number of victims.
 * @param options The number of kills, and the longest pause between two, in milliseconds.
 */
export function drawKills(
  random: (below: number) => number,
  victims: number,
  { kills, longestPauseMs }: {
    readonly kills: number;
    readonly longestPauseMs: number;
  },
): Kill[] {
  let left: number[] = [];
  return Array.from({ length: kills }, () => {
    if (left.length === 0) left = Array.from({ length: victims }, (_, i) => i);
    const [index = 0] = left.splice(random(left.length), 1);
    return {
      index,
      pauseMs: random(4) === 0 ? 0 : random(longestPauseMs),
    };
  });
}

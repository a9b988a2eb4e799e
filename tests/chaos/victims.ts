import type { NatsServer } from "../../examples/demo/nats_server.ts";
import type { PostgresServer } from "../helpers/postgres.ts";
import { pause } from "./pause.ts";

/** A program or server that is killed with SIGKILL and started again. */
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
    // A program that ends by itself, because a server is down, is started again.
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

  /** Kills the program, and does not start it again. */
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

// Kills a server as the operating system does when memory is short, and starts it again.
async function crash(server: PostgresServer): Promise<void> {
  const file = `${server.dataDirectory}/postmaster.pid`;
  const pid = Number((await Deno.readTextFile(file)).split("\n")[0]);
  Deno.kill(pid, "SIGKILL");
  for (let attempt = 0;; attempt++) {
    try {
      return await server.start();
    } catch (error) {
      // Its child processes have not ended yet.
      if (attempt === 50) throw error;
      await pause(200);
    }
  }
}

/** One kill of a victim. */
export interface Kill {
  /** The index of the victim. */
  readonly index: number;
  /** The pause before the kill, in milliseconds. */
  readonly pauseMs: number;
}

/**
 * Draws the victims and the times of kills. Each round kills every victim in a new order; one
 * in four kills follows the one before without a pause.
 *
 * @param random Returns a random whole number below its argument.
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

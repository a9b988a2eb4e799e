import { cpus, loadavg } from "node:os";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** The other load of the machine during a measurement. */
export interface MachineLoad {
  /** The length of time, in seconds. */
  readonly seconds: number;
  /**
   * Processors kept busy by others, on average: 1 is one whole processor. `null` where
   * the system does not tell (it takes `/proc`).
   */
  readonly foreign: number | null;
  /** Processors that the hypervisor gave to other machines, on average. */
  readonly stolen: number | null;
  /** The load average of the last minute, at the end. */
  readonly loadAverage: number;
}

/** Clock ticks a second in `/proc`: `getconf CLK_TCK`, which is 100 on all of Linux. */
const TICKS = 100;

interface Sample {
  readonly at: number;
  readonly busy: number;
  readonly stolen: number;
  readonly own: number;
}

/** Starts to watch the load of the machine. */
export function watchLoad(): { stop(): MachineLoad } {
  const before = sample();
  const startedAt = performance.now();
  return {
    stop() {
      const seconds = (performance.now() - startedAt) / 1000;
      const after = sample();
      const loadAverage = loadavg()[0] ?? NaN;
      if (before === null || after === null) {
        return { seconds, foreign: null, stolen: null, loadAverage };
      }
      const busy = after.busy - before.busy;
      const own = after.own - before.own;
      const stolen = after.stolen - before.stolen;
      return {
        seconds,
        foreign: round(Math.max(0, busy - own) / seconds),
        stolen: round(stolen / seconds),
        loadAverage,
      };
    },
  };
}

/** Describes the machine. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? "unknown processor";
  return `${process.platform} ${process.arch}, ${cpus().length} × ${model}`;
}

function sample(): Sample | null {
  try {
    const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!
      .split(/\s+/).map(Number);
    const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] =
      fields;
    return {
      at: performance.now(),
      busy: (user + nice + system + irq + soft) / TICKS,
      stolen: steal / TICKS,
      own: descendantSeconds(),
    };
  } catch {
    return null;
  }
}

interface Process {
  readonly id: number;
  readonly parent: number;
  readonly seconds: number;
}

/**
 * The processor time of this process and all that it started. A server detaches itself,
 * but stays this process's child; the time of children that have ended counts with
 * their parents.
 */
function descendantSeconds(): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess);
  const children = Map.groupBy(all, ({ parent }) => parent);
  let seconds = 0;
  const open = all.filter(({ id }) => id === process.pid);
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    seconds += one.seconds;
    open.push(...children.get(one.id) ?? []);
  }
  return seconds;
}

// Fields of /proc/PID/stat, behind the name in parentheses: state, ppid, … utime is the
// 12th, then stime, cutime and cstime. Source: proc_pid_stat(5).
function readProcess(name: string): Process[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const times = fields.slice(11, 15).map(Number);
    const ticks = times.reduce((sum, one) => sum + one, 0);
    const [, parent = ""] = fields;
    return [{
      id: Number(name),
      parent: Number(parent),
      seconds: ticks / TICKS,
    }];
  } catch {
    // It has ended since the folder was read.
    return [];
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

import { readFileSync } from "node:fs";
import process from "node:process";
import type { Usage } from "./job.ts";

/** Returns the processor time of this process, with all its threads, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Returns the resources that this process has used. */
export function usage(): Usage {
  return {
    cpuSeconds: cpuSeconds(),
    residentBytes: process.memoryUsage().rss,
    peakBytes: peakBytes(),
  };
}

function peakBytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

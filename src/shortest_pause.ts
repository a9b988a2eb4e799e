/**
 * Waits for the shortest time that a timer can: 1 ms, or about 2 ms in some runtimes. During
 * it, more bytes can arrive for the next read.
 */
export function shortestPause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

import type { Environment } from "@walbrook/walbrook/socket";

/** An environment with no variables but `USER`, and no files. */
export function bareEnvironment(): Environment {
  return {
    get: (name) => name === "USER" ? "app" : undefined,
    readTextFile: (path) =>
      Promise.reject(
        Object.assign(new Error(`ENOENT: no such file, open '${path}'`), {
          code: "ENOENT",
        }),
      ),
    describeFile: () => Promise.resolve(null),
  };
}

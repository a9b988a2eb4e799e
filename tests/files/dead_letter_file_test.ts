import { assertEquals } from "@std/assert";
import { fileDeadLetters } from "@walbrook/walbrook/files";
import {
  type DeadLetter,
  type DeadLetterStore,
  deliver,
} from "@walbrook/walbrook/sink";
import { sourceOf, Workload } from "../sink/workload.ts";
import { until } from "../helpers/until.ts";

async function withStore(
  run: (open: () => DeadLetterStore, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/letters.ndjson`;
  try {
    await run(() => fileDeadLetters(path), path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function letter(
  id: string,
  keys: readonly string[],
  destination = "a",
): DeadLetter {
  const event = new Workload().transaction([1])[1]!;
  return {
    ...{ destination, id, keys, event, reason: "refused" as const },
    ...{ error: "422\nno", attempts: 1, time: 5 },
  };
}

async function ids(store: DeadLetterStore): Promise<string[]> {
  return (await Array.fromAsync(store.read())).map(({ id }) => id);
}

Deno.test("fileDeadLetters() keeps letters over restarts, and releases those of a key and destination", () =>
  withStore(async (open) => {
    const letters = [
      letter("1", ["x"]),
      letter("2", ["y", "z"]),
      letter("3", ["x"], "b"),
      letter("4", ["x"]),
    ];
    await open().keep(letters.slice(0, 2));
    const store = open();
    await store.keep(letters.slice(2));
    assertEquals(await Array.fromAsync(open().read()), letters);
    await store.release("a", ["x"]);
    assertEquals(await ids(open()), ["2", "3"]);
    await store.release("a", ["z"]);
    await store.keep([letter("5", ["x"])]);
    assertEquals(await ids(open()), ["3", "5"]);
  }));

Deno.test("fileDeadLetters() passes over what a crash left of a line", () =>
  withStore(async (open, path) => {
    await open().keep([letter("1", ["x"]), letter("2", ["x"])]);
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.slice(0, -20));
    assertEquals(await ids(open()), ["1"]);
    await open().keep([letter("3", ["y"])]);
    assertEquals(await ids(open()), ["1", "3"]);
  }));

Deno.test("fileDeadLetters() is empty where there is no file", () =>
  withStore(async (open) => {
    assertEquals(await ids(open()), []);
  }));

Deno.test("deliver() parks the keys of a file's letters, and releases them by a replay", () =>
  withStore(async (open) => {
    const workload = new Workload();
    const batches = [[7], [7, 1]].map((ids) => workload.transaction(ids));
    const done: string[] = [];
    let refuses = true;
    const destination = (name: string) => ({
      name,
      write: (
        batch: readonly { readonly key: string | null; readonly id: string }[],
      ) =>
        Promise.resolve(batch.flatMap(({ key, id }, index) => {
          if (refuses && key === "public.items/7") {
            return [{ index, error: new Error("422"), retryable: false }];
          }
          done.push(`${key} ${id}`);
          return [];
        })),
    });
    await deliver(sourceOf(batches.slice(0, 1)), destination("a"), {
      poison: open(),
    }).done;
    refuses = false;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => release = resolve);
    async function* slowly() {
      yield batches[1]!;
      await held;
    }
    const sink = deliver(sourceOf(slowly()), destination("a"), {
      poison: open(),
    });
    await until(() => sink.report().acknowledged > 0);
    assertEquals(done.length, 1);
    assertEquals(await sink.replay("public.items/7"), 2);
    release();
    await sink.done;
    assertEquals(done.length, 3);
    assertEquals(await ids(open()), []);
  }));

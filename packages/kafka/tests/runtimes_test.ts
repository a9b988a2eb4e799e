import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../../npm/build.ts";
import { findProgram } from "../../../tests/runtimes/binaries.ts";
import { assertInOrder, consume, countOf } from "./consume.ts";
import { ERRORS, HAS_LIBRDKAFKA, MockCluster } from "./mock_cluster.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const RUNTIMES = ["node20", "bun"] as const;
const TRANSACTIONS = 40;

const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
const hasNpm = await new Deno.Command(npm, { args: ["--version"] }).output()
  .then(({ success }) => success, () => false);
if (!hasNpm) {
  console.log("kafka() is tested in Deno alone: there is no npm here");
}

Deno.test({
  name: "kafka() delivers in Node and Bun, although brokers fail",
  ignore: !hasNpm || !HAS_LIBRDKAFKA,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await install(folder);
      const runs = RUNTIMES.map(async (runtime) => {
        const program = await findProgram(runtime);
        if (program !== null) return await deliverIn(program, folder);
        console.log(`${runtime} is not tested: npm has none for this system`);
      });
      // All of them end before the folder goes.
      const failed = (await Promise.allSettled(runs))
        .filter(({ status }) => status === "rejected");
      assertEquals(failed, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function install(folder: string): Promise<void> {
  const built = join(folder, "built");
  await buildPackage(ROOT, join(built, "walbrook"));
  await buildPackage(join(ROOT, "packages/kafka"), join(built, "kafka"));
  await run(npm, [
    ...["install", "--prefix", folder, "--silent", "--install-links"],
    ...["--no-save", "--no-package-lock", "--no-audit", "--no-fund"],
    ...[`walbrook@file:${built}/walbrook`],
    ...[`@walbrook/kafka@file:${built}/kafka`],
  ]);
  const program = fileURLToPath(new URL("deliver.mjs", import.meta.url));
  await Deno.copyFile(program, join(folder, "deliver.mjs"));
}

async function deliverIn(program: string, folder: string): Promise<void> {
  using cluster = new MockCluster(3, { "shop.public.items": 4 });
  cluster.failWrites(
    ...[ERRORS.notLeaderForPartition, ERRORS.disconnect],
    ...[ERRORS.notEnoughReplicas, ERRORS.requestTimedOut],
  );
  const output = await run(program, [
    join(folder, "deliver.mjs"),
    ...[cluster.brokers.join(","), `${TRANSACTIONS}`],
  ]);
  assertEquals(output, `acknowledged ${TRANSACTIONS}\n`);
  const topic = "shop.public.items";
  const count = await countOf(cluster.brokers, topic);
  const consumed = await consume(cluster.brokers, topic, count);
  const counts = new Map([1, 2, 3, 4, 5].map((id) => [id, TRANSACTIONS]));
  assertInOrder(consumed, counts);
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    signal: AbortSignal.timeout(400_000),
  }).output();
  const [output, problems] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assert(success, `${program} ${args.join(" ")}: ${output}${problems}`);
  return output!;
}

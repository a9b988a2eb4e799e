import { ReadGate } from "../../src/socket/read_gate.ts";
import { assertEquals } from "@std/assert";

Deno.test("ReadGate.pass() waits for the gate to open", async () => {
  const gate = new ReadGate();
  await gate.pass();
  gate.close();
  const order: string[] = [];
  const passing = [1, 2].map(async (one) => {
    await gate.pass();
    order.push(`passed ${one}`);
  });
  await Promise.resolve();
  order.push("opened");
  gate.open();
  await Promise.all(passing);
  assertEquals(order, ["opened", "passed 1", "passed 2"]);
  await gate.pass();
});

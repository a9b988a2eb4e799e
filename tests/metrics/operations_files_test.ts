import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { METRICS, prometheusName } from "../../src/metrics/mod.ts";

const FOLDER = new URL("../../docs/operations/", import.meta.url);
const read = (name: string) => Deno.readTextFile(new URL(name, FOLDER));
const NAMES = new Set(
  Object.values(METRICS).flatMap((metric) => {
    const name = prometheusName(metric);
    return metric.kind === "histogram"
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
      : [name];
  }),
);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

function unknownNames(text: string): string[] {
  return [...text.matchAll(/\bwalbrook_\w+/g)].map(([name]) => name).filter(
    (name) => !NAMES.has(name),
  );
}

function balanced(expr: string): boolean {
  let open = 0;
  for (const character of expr) {
    if ("([{".includes(character)) open++;
    if (")]}".includes(character)) open--;
    if (open < 0) return false;
  }
  return open === 0;
}

Deno.test("docs/operations/alerts.yml has rules over metrics that exist", async () => {
  const text = await read("alerts.yml");
  const { groups } = parse(text) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assertEquals(unknownNames(text), []);
  assert(rules.length >= 6);
  assertEquals(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, expr, labels, annotations, ...rule } of rules) {
    assert(/^Walbrook[A-Z]\w+$/.test(alert), alert);
    assert(/\bwalbrook_\w+/.test(expr) && balanced(expr), alert);
    assert(/^(?:\d+[smh])?$/.test(rule.for ?? ""), alert);
    assert(["warning", "critical"].includes(labels.severity), alert);
    assertEquals(Object.keys(annotations), ["summary", "description"]);
  }
});

Deno.test("docs/operations/grafana.json has panels over metrics that exist", async () => {
  const text = await read("grafana.json");
  const board = JSON.parse(text) as {
    panels: {
      id: number;
      title: string;
      targets: { refId: string; expr: string }[];
    }[];
  };
  assertEquals(unknownNames(text), []);
  const ids = board.panels.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const { title, targets } of board.panels) {
    assert(targets.length > 0, title);
    for (const { expr } of targets) {
      assert(/\bwalbrook_\w+/.test(expr) && balanced(expr), title);
    }
  }
});

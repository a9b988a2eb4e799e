/** One line of Prometheus's text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/gy;

/**
 * Reads Prometheus's text format, version 0.0.4, as its documentation has it.
 *
 * @throws {SyntaxError} If a line is none, a value no number, or a metric is announced twice.
 */
export function parsePrometheus(text: string): Sample[] {
  const samples: Sample[] = [];
  const announced = new Set<string>();
  if (text !== "" && !text.endsWith("\n")) {
    throw new SyntaxError("The last line has no end");
  }
  for (const line of text.split("\n").slice(0, -1)) {
    if (line.startsWith("# HELP ")) continue;
    const type = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      if (announced.has(type[1]!)) throw new SyntaxError(`Twice: ${line}`);
      announced.add(type[1]!);
      continue;
    }
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    const base = name?.replace(/_(?:bucket|sum|count)$/, "") ?? "";
    if (name === undefined || !(announced.has(name) || announced.has(base))) {
      throw new SyntaxError(`No line: ${line}`);
    }
    const number = value === "+Inf" ? Infinity : Number(value);
    if (Number.isNaN(number)) throw new SyntaxError(`No number: ${line}`);
    samples.push({ name, labels: readLabels(labels), value: number });
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [whole, name, value] of text.matchAll(LABEL)) {
    labels[name!] = value!.replace(/\\(.)/g, (_, c) => c === "n" ? "\n" : c);
    end += whole.length;
  }
  if (end !== text.length) throw new SyntaxError(`No labels: ${text}`);
  return labels;
}

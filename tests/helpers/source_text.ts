/** A source file, split into what a rule about source text needs. */
export interface SourceText {
  /** The code without comments. */
  readonly code: string;
  /**
   * The code without comments, with patterns and templates emptied and with a
   * number in place of each string.
   */
  readonly bare: string;
  /** Every module that it names: statically, dynamically or for a type only. */
  readonly specifiers: readonly string[];
  /** Whether it imports something computed at run time. */
  readonly importsComputed: boolean;
}

// Over bare text, where the word "export" inside a string can't mislead.
const IMPORT = /\b(?:import|export)\b(?:[^"();]*?\bfrom)?\s*(?:\(\s*)?"(\d+)"/g;
const COMPUTED_IMPORT = /\bimport\s*\(\s*(?!"\d|\s)/;

/**
 * Reads a TypeScript file as far as the rules of this repository need it.
 *
 * @param source The file's content.
 * @returns Its code and its imports.
 */
export function readSource(source: string): SourceText {
  const strings: string[] = [];
  let code = "";
  let bare = "";
  for (const { kind, text } of tokens(source)) {
    if (kind === "comment") continue;
    code += text;
    if (kind === "string") bare += `"${strings.push(text.slice(1, -1)) - 1}"`;
    else if (kind === "template") bare += '""';
    else if (kind === "pattern") bare += "/ /";
    else bare += text;
  }
  const imports = [...bare.matchAll(IMPORT)];
  return {
    code,
    bare,
    specifiers: imports.map((match) => strings[Number(match[1])] ?? ""),
    importsComputed: COMPUTED_IMPORT.test(bare),
  };
}

/**
 * Gives the texts of a TypeScript file as they are written: its strings, and its templates
 * with an `x` for each hole.
 */
export function textsIn(source: string): string[] {
  const texts: string[] = [];
  const open: string[] = [];
  for (const { kind, text, part } of tokens(source)) {
    if (kind === "string") texts.push(text.slice(1, -1));
    if (part === undefined) continue;
    const whole = part.continues ? `${open.pop()}x${text}` : text;
    if (part.ends) texts.push(whole);
    else open.push(whole);
  }
  return texts;
}

interface Token {
  readonly kind: "code" | "comment" | "string" | "template" | "pattern";
  readonly text: string;
  /** Of a template: whether a hole comes before it, and none behind it. */
  readonly part?: { readonly continues: boolean; readonly ends: boolean };
}

const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const STRING = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y;
const TEMPLATE_PART = /(?:\\[^]|\$(?!\{)|[^`\\$])*/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
// A slash after one of these begins a pattern; after anything else it divides.
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+>]|\breturn|\bcase|=>)\s*$/;

function* tokens(source: string): Generator<Token> {
  // One entry for each template that is open: how many braces its hole has open.
  const holes: number[] = [];
  let at = 0;
  let before = "";
  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0] ?? "";
    at += text.length;
    return text;
  }
  while (at < source.length) {
    const comment = take(COMMENT);
    if (comment) {
      yield { kind: "comment", text: comment };
      continue;
    }
    const char = source[at] ?? "";
    const hole = holes.length - 1;
    const string = take(STRING);
    if (string) {
      yield { kind: "string", text: string };
      before = "string";
    } else if (char === "`" || (char === "}" && holes[hole] === 0)) {
      at++;
      if (char === "}") holes.pop();
      const text = take(TEMPLATE_PART);
      const part = { continues: char === "}", ends: source[at] === "`" };
      yield { kind: "template", text, part };
      before = "string";
      if (source[at] === "`") at++;
      else if (source[at] === "$") {
        at += 2;
        holes.push(0);
        before = "{";
      }
    } else if (char === "/" && BEFORE_PATTERN.test(before)) {
      const text = take(PATTERN) || source[at++] || "";
      yield { kind: "pattern", text };
      before = "pattern";
    } else {
      if (char === "{" && hole >= 0) holes[hole] = (holes[hole] ?? 0) + 1;
      if (char === "}" && hole >= 0) holes[hole] = (holes[hole] ?? 0) - 1;
      at++;
      before = (before + char).slice(-20);
      yield { kind: "code", text: char };
    }
  }
}

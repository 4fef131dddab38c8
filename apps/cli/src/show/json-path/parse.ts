import { UsageError } from '../../usage-error.ts';

/** One step from values to values. */
export type Step =
  | { kind: 'field'; name: string }
  | { kind: 'everything' }
  | { kind: 'below' }
  | { kind: 'indexes'; indexes: number[] }
  | { kind: 'slice'; from?: number; to?: number; step: number }
  | { kind: 'fields'; names: string[] }
  | { kind: 'filter'; left: Operand; operator?: Operator; right?: Operand };

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Operand = { path: Step[]; isRoot: boolean } | { value: string | number | boolean | null };

/** A template: text, paths whose values are printed, and ranges. */
export type Node = { kind: 'text'; text: string } | { kind: 'path'; path: Step[] } | { kind: 'range'; path: Step[]; body: Node[] };

/** Reads a template as kubectl's: `{.metadata.name}{"\n"}`, or a bare path. */
export function parseTemplate(text: string): Node[] {
  const isBare = !text.includes('{');
  const parser = new Parser(isBare ? `{${text}}` : text);
  return parser.template(false);
}

const operators: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>'];
const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  template(isInRange: boolean): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const end = open < 0 ? this.#text.length : open;
      if (end > this.#at) nodes.push({ kind: 'text', text: this.#text.slice(this.#at, end) });
      this.#at = end;
      if (open < 0) break;
      this.#at += 1;
      this.#space();
      if (this.#takeWord('end')) {
        this.#close();
        if (isInRange) return nodes;
        throw this.#wrong('an {end} without its {range}');
      }
      nodes.push(this.#action());
    }
    if (isInRange) throw this.#wrong('a {range} without its {end}');
    return nodes;
  }

  #action(): Node {
    if (this.#takeWord('range')) {
      this.#space();
      const path = this.#path();
      this.#close();
      return { kind: 'range', path, body: this.template(true) };
    }
    const quote = this.#text[this.#at];
    const node: Node = quote === '"' || quote === "'" ? { kind: 'text', text: this.#quoted() } : { kind: 'path', path: this.#path() };
    this.#close();
    return node;
  }

  /** From `$`, `@`, `.` or `[` on, as far as it goes. */
  #path(): Step[] {
    const steps: Step[] = [];
    if (this.#take('$') || this.#take('@')) this.#space();
    if (/[\p{L}_]/u.test(this.#text[this.#at] ?? '')) steps.push({ kind: 'field', name: this.#name() });
    for (;;) {
      if (this.#take('..')) {
        steps.push({ kind: 'below' });
        if (this.#text[this.#at] !== '[') steps.push(this.#dotted());
      } else if (this.#take('.')) {
        const next = this.#text[this.#at];
        if (next !== undefined && next !== '[' && !/[\s})\]]/.test(next)) steps.push(this.#dotted());
      } else if (this.#take('[')) steps.push(this.#bracketed());
      else return steps;
    }
  }

  #dotted(): Step {
    return this.#take('*') ? { kind: 'everything' } : { kind: 'field', name: this.#name() };
  }

  #bracketed(): Step {
    this.#space();
    if (this.#take('?(')) return this.#filter();
    const next = this.#text[this.#at];
    const step = next === '*' ? this.#star() : next === '"' || next === "'" ? this.#names() : this.#numbers();
    this.#space();
    if (!this.#take(']')) throw this.#wrong('a "[" without its "]"');
    return step;
  }

  #star(): Step {
    this.#at += 1;
    return { kind: 'everything' };
  }

  #names(): Step {
    const names = [this.#quoted()];
    for (this.#space(); this.#take(','); this.#space()) {
      this.#space();
      names.push(this.#quoted());
    }
    return { kind: 'fields', names };
  }

  #numbers(): Step {
    const inside = this.#text.slice(this.#at, Math.max(this.#at, this.#text.indexOf(']', this.#at))).trim();
    this.#at = Math.max(this.#at, this.#text.indexOf(']', this.#at));
    if (/^-?\d{1,9}(?:\s*,\s*-?\d{1,9})*$/.test(inside)) return { kind: 'indexes', indexes: inside.split(',').map(Number) };
    const [all, from, to, step] = /^(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*(?::\s*(\d{1,9}))?$/.exec(inside) ?? [];
    if (all === undefined || Number(step ?? 1) < 1) throw this.#wrong(`"[${inside}]", which is neither an index nor a slice`);
    const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
    return { kind: 'slice', from: number(from), to: number(to), step: Number(step ?? 1) };
  }

  #filter(): Step {
    const left = this.#operand();
    const operator = operators.find((one) => this.#take(one));
    const right = operator === undefined ? undefined : this.#operand();
    this.#space();
    if (!this.#take(')') || (this.#space(), !this.#take(']'))) throw this.#wrong('a filter that does not end with ")]"');
    return { kind: 'filter', left, ...(operator === undefined ? {} : { operator, right }) };
  }

  #operand(): Operand {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") return this.#spaced({ value: this.#quoted() });
    if (first === '@' || first === '$') return this.#spaced({ isRoot: first === '$', path: this.#path() });
    const [word = ''] = /^(?:true|false|null|-?\d{1,15}(?:\.\d{1,15})?)(?![\w.])/.exec(this.#text.slice(this.#at, this.#at + 40)) ?? [];
    if (word === '') throw this.#wrong('a filter that compares something that is neither a path nor a value');
    this.#at += word.length;
    return this.#spaced({ value: JSON.parse(word) as number | boolean | null });
  }

  #spaced(operand: Operand): Operand {
    this.#space();
    return operand;
  }

  /** A backslash takes the next character as it is: `\.` in a label’s name. */
  #name(): string {
    let name = '';
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === '\\') name += this.#text[(this.#at += 1)] ?? '';
      else if (/[\s.[\]{}()=!<>,'"*]/.test(character)) break;
      else name += character;
    }
    if (name === '') throw this.#wrong('a path that ends with "."');
    return name;
  }

  #quoted(): string {
    const quote = this.#text[this.#at];
    let text = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === quote) {
        this.#at += 1;
        return text;
      }
      if (character !== '\\') text += character;
      else {
        const escaped = this.#text[(this.#at += 1)] ?? '';
        text += Object.hasOwn(escapes, escaped) ? escapes[escaped] : escaped;
      }
    }
    throw this.#wrong('a text without its closing quote');
  }

  #close(): void {
    this.#space();
    if (!this.#take('}')) throw this.#wrong('a "{" without its "}"');
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #take(text: string): boolean {
    const isThere = this.#text.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  #takeWord(word: string): boolean {
    return /[\s}]/.test(this.#text[this.#at + word.length] ?? '') && this.#take(word);
  }

  #wrong(what: string): UsageError {
    return new UsageError(`The jsonpath has ${what}, at character ${this.#at + 1} of "${this.#text.slice(0, 200)}".`);
  }
}

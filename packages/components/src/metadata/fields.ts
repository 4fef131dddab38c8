import { ComponentError } from '../component-error.ts';
import { didYouMean } from '../nearest-name.ts';
import { parseOrRefuse, type Parser } from './parsers.ts';

/** One name of a component's metadata. */
export interface Field<T> {
  readonly parser: Parser<unknown>;
  readonly isNeeded: boolean;
  /** False where the name is Dapr's and the value changes nothing here. */
  readonly hasEffect: boolean;
  /** Other names that Dapr takes for the same. */
  readonly aliases: readonly string[];
  /** What holds without the field. */
  readonly otherwise: T;
}

export type Fields = Record<string, Field<unknown>>;
/** The fields of settings that are written down as a type. */
export type FieldsFor<S> = { [Name in keyof S]: Field<S[Name]> };
export type SettingsOf<F extends Fields> = { [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

const plain = { isNeeded: false, hasEffect: true, aliases: [], otherwise: undefined };

export function optional<T>(parser: Parser<T>, ...aliases: string[]): Field<T | undefined> {
  return { ...plain, parser, aliases };
}

export function withDefault<T>(parser: Parser<T>, otherwise: T, ...aliases: string[]): Field<T> {
  return { ...plain, parser, otherwise, aliases };
}

export function needed<T>(parser: Parser<T>, ...aliases: string[]): Field<T> {
  // Never read: the field is there, or the component is refused.
  return { ...plain, parser, isNeeded: true, aliases, otherwise: undefined as T };
}

/** A name that Dapr documents and that has no effect here: taken, checked, and told. */
export function withoutEffect<T>(parser: Parser<T>, ...aliases: string[]): Field<T | undefined> {
  return { ...plain, parser, aliases, hasEffect: false };
}

export interface ParsedMetadata<F extends Fields> {
  settings: SettingsOf<F>;
  /** Names that were given and have no effect. */
  ignored: string[];
}

/** Reads metadata by its schema. Names are taken whatever their case, as Dapr does. */
export function parseMetadata<F extends Fields>(fields: F, given: ReadonlyMap<string, string>, component: string): ParsedMetadata<F> {
  const names = namesOf(fields);
  const values = new Map<string, string>();
  for (const [name, value] of given) {
    const known = names.get(name.toLowerCase());
    if (known === undefined) throw unknownField(component, name, fields);
    values.set(known, value);
  }
  const settings = Object.entries(fields).map(([name, field]) => [name, settingOf({ component, name, field, value: values.get(name) })]);
  return {
    settings: Object.fromEntries(settings) as SettingsOf<F>,
    ignored: [...values.keys()].filter((name) => fields[name]?.hasEffect === false),
  };
}

function namesOf(fields: Fields): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, { aliases }] of Object.entries(fields)) for (const each of [name, ...aliases]) names.set(each.toLowerCase(), name);
  return names;
}

function unknownField(component: string, name: string, fields: Fields): ComponentError {
  const text = `${component} cannot be opened: its metadata has no field "${name}". ${didYouMean(name, Object.keys(fields))}`;
  return new ComponentError('ComponentInvalid', text);
}

function settingOf(options: { component: string; name: string; field: Field<unknown>; value: string | undefined }): unknown {
  const { component, name, field, value } = options;
  if (value !== undefined) return parseOrRefuse(field.parser, value, `Metadata "${name}" of ${component}`);
  if (!field.isNeeded) return field.otherwise;
  throw new ComponentError(
    'ComponentInvalid',
    `${component} cannot be opened: its metadata lacks "${name}". Set it to ${field.parser.says}.`,
  );
}

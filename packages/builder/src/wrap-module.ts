import { parse, type ImportDeclaration } from 'acorn';

/**
 * Rewrites esbuild's ECMAScript module, whose imports are all external and whose exports are one list at
 * the end, into the body of an async function `(exports, require, module, __filename, __dirname)`.
 */
export function wrapModule(code: string): string {
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: true });
  const edits: { start: number; end: number; text: string }[] = [];
  const getters: string[] = [];
  for (const [index, node] of program.body.entries()) {
    if (node.type === 'ImportDeclaration')
      edits.push({ start: node.start, end: node.end, text: requireOf(node, index) + lineEnds(code, node) });
    if (node.type !== 'ExportNamedDeclaration') continue;
    edits.push({ start: node.start, end: node.end, text: '' });
    for (const { exported, local } of node.specifiers) {
      getters.push(`Object.defineProperty(exports,${JSON.stringify(nameOf(exported))},{enumerable:true,get:()=>${nameOf(local)}});`);
    }
  }
  const rewritten = edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code);
  return `"use strict";Object.defineProperty(exports,"__esModule",{value:true});${getters.join('')}${rewritten}`;
}

/** What follows keeps its lines, so that stack traces and source maps stay right. */
function lineEnds(code: string, { start, end }: ImportDeclaration): string {
  return '\n'.repeat(code.slice(start, end).split('\n').length - 1);
}

/** Names in the annotation that esbuild leaves for Node's own reader of CommonJS exports. */
export function exportedNames(code: string): string[] {
  const list = /0 && \(module\.exports = \{([^}]*)\}\);/.exec(code)?.[1] ?? '';
  return [...list.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)].map(([name]) => name).sort();
}

function requireOf(node: ImportDeclaration, index: number): string {
  const module = `__ofn_import${index}`;
  const bindings = node.specifiers.map((specifier) => {
    if (specifier.type === 'ImportNamespaceSpecifier') return `${specifier.local.name}=${module}`;
    const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : 'default';
    return `${specifier.local.name}=${name === 'default' ? `(${module}.default??${module})` : `${module}[${JSON.stringify(name)}]`}`;
  });
  return `const ${[`${module}=require(${JSON.stringify(node.source.value)})`, ...bindings].join(',')};`;
}

function nameOf(node: { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown }): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}

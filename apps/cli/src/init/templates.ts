export const templates = ['http', 'cloudevent'] as const;
export const languages = ['js', 'ts'] as const;

export interface TemplateOptions {
  template: (typeof templates)[number];
  language: (typeof languages)[number];
  /** Of the function. */
  name: string;
}

/** The files of a new function, by their paths. */
export function templateFiles({ template, language, name }: TemplateOptions): Record<string, string> {
  const entry = language === 'ts' ? 'src/index.ts' : 'index.js';
  return {
    [entry]: code[template][language],
    'package.json': `${JSON.stringify({ name, version: '0.1.0', private: true, type: 'module', main: entry }, null, 2)}\n`,
    'function.yaml': manifest(name, template),
    '.gitignore': 'node_modules/\n.env\n',
    ...(language === 'ts' ? { 'tsconfig.json': tsconfig } : {}),
  };
}

/** Exported under this name, and named by the manifest. */
const target = 'main';

function manifest(name: string, template: TemplateOptions['template']): string {
  return `apiVersion: core.openfunction.io/v1beta2
kind: Function
metadata:
  name: ${name}
spec:
  version: v0.1.0
  # Where the built function is kept. On a cluster it must be one that the cluster can push to and pull from:
  # image: registry.example.com/${name}:v0.1.0
  build:
    builder: openfunction/builder-node:latest
    env:
      FUNC_NAME: ${target}
      FUNC_TYPE: ${template}
  serving:
    scaleOptions:
      minReplicas: 0
      maxReplicas: 10
    triggers:
      http:
        port: 8080
`;
}

const hint = '// "npm install --save-dev @openfunction/functions-framework" gives your editor these types.\n';

const code: Record<TemplateOptions['template'], Record<TemplateOptions['language'], string>> = {
  http: {
    js: `export function ${target}(req, res) {
  const { name = 'World' } = req.query;
  res.send(\`Hello, \${name}!\\n\`);
}
`,
    ts: `${hint}import type { HttpFunction } from '@openfunction/functions-framework';

export const ${target}: HttpFunction = (req, res) => {
  const { name = 'World' } = req.query;
  res.send(\`Hello, \${String(name)}!\\n\`);
};
`,
  },
  cloudevent: {
    js: `export function ${target}(event) {
  const { name = 'World' } = event.data ?? {};
  console.log(\`\${event.type} from \${event.source}: hello, \${name}\`);
  return { greeted: name };
}
`,
    ts: `${hint}import type { CloudEvent } from '@openfunction/functions-framework';

export function ${target}(event: CloudEvent): { greeted: string } {
  const { name = 'World' } = (event.data ?? {}) as { name?: string };
  console.log(\`\${event.type} from \${event.source}: hello, \${name}\`);
  return { greeted: name };
}
`,
  },
};

const tsconfig = `${JSON.stringify(
  { compilerOptions: { target: 'es2024', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true }, include: ['src'] },
  null,
  2,
)}\n`;

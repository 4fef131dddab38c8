// TypeScript, a path parameter, and a file that ships beside the source.
import { readFileSync } from 'node:fs';
import { http } from '@openfunction/functions-framework';

const greetings: Record<string, string> = JSON.parse(readFileSync(new URL('./greetings.json', import.meta.url), 'utf8'));

http(
  'greet',
  (req, res) => {
    const name = req.params['name'] ?? 'you';
    const language = String(req.query['lang'] ?? 'en');
    res.json({ greeting: `${greetings[language] ?? greetings['en']}, ${name}` });
  },
  { path: '/greet/:name', methods: ['GET'] },
);

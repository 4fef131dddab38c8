// TypeScript, as an ES module, that reads a file beside it and calls another function by its name inside the cluster.
import { readFile } from 'node:fs/promises';

interface Request {
  query: Record<string, string | undefined>;
}
interface Response {
  json(body: unknown): void;
}

export async function caller(req: Request, res: Response): Promise<void> {
  const greeting = await readFile(new URL('greeting.txt', import.meta.url), 'utf8');
  const host = `${req.query['name']}.${req.query['namespace']}.svc.cluster.local`;
  const answer = await fetch(`http://${host}/`);
  res.json({ greeting, status: answer.status, body: await answer.text() });
}

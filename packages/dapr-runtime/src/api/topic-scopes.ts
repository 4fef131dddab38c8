import type { RuntimeSettings } from '@openfunction/components';

/** Whether an app may publish to a topic, or subscribe to it, by the scopes in the metadata of the broker's component. */
export function mayUseTopic(settings: RuntimeSettings, use: 'publish' | 'subscribe', app: string, topic: string): boolean {
  const scopes = scopesOf(use === 'publish' ? settings.publishingScopes : settings.subscriptionScopes);
  const allowed = settings.allowedTopics;
  if (allowed !== undefined && allowed.length > 0 && !allowed.includes(topic)) return false;
  const isProtected = settings.protectedTopics?.includes(topic) ?? false;
  const own = scopes.get(app);
  if (isProtected) return own?.includes(topic) ?? false;
  return own === undefined || own.includes(topic);
}

/** `app1=topic1,topic2;app2=`: an app that is named may use its topics and no others. */
function scopesOf(text: string | undefined): Map<string, string[]> {
  const scopes = new Map<string, string[]>();
  for (const part of (text ?? '').split(';')) {
    const [app = '', topics = ''] = part.split('=').map((each) => each.trim());
    if (app !== '')
      scopes.set(
        app,
        topics
          .split(',')
          .map((topic) => topic.trim())
          .filter((topic) => topic !== ''),
      );
  }
  return scopes;
}

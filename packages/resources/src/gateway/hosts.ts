/** What a host or path template may name. */
export interface HostNames {
  Name: string;
  Namespace: string;
  Domain: string;
}

/** Fills `{{.Name}}`, `{{.Namespace}}` and `{{.Domain}}`; `undefined` when the template holds any other action. */
export function renderTemplate(template: string, names: HostNames): string | undefined {
  const filled = template.split(/(\{\{\s*\.(?:Name|Namespace|Domain)\s*\}\})/u).map((part, index) => {
    if (index % 2 === 0) return part.includes('{{') || part.includes('}}') ? undefined : part;
    return names[part.replace(/[{}\s.]/gu, '') as keyof HostNames];
  });
  return filled.includes(undefined) ? undefined : filled.join('');
}

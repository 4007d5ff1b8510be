// Lists of a registry come in pages.

/** Of the same registry: a list does not lead elsewhere. */
export function nextPage(link: string | null, at: URL, registry: URL): URL | null {
  const next = /<([^<>]+)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  if (next === undefined || !URL.canParse(next, at.href)) return null;
  const url = new URL(next, at);
  return url.origin === registry.origin ? url : null;
}

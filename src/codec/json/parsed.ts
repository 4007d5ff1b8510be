// Parses text from elsewhere that may not be JSON at all.

/** The parsed value; undefined when `text` is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// How zod goes about checking a value: compiling the schema first takes as long as checking hundreds of parts without.

/** From so many on. */
const MANY = 200;

/** How to check one of very many, or what may be long. */
export const COMPILED = { jitless: false };

/** How to check `value` alone, by the longest list that it has. */
export function checking(value: unknown): typeof COMPILED {
  const lists = typeof value === 'object' && value !== null ? Object.values(value).filter(Array.isArray) : [];
  return { jitless: lists.every(({ length }) => length < MANY) };
}

// The review as one page: static, without a script, and with a policy that lets it load nothing and send nothing.
import { contentPolicy } from './content-policy.ts';
import { html, Markup } from './markup.ts';
import type { Block, Fact, Line, Review } from './review.ts';
import { STYLE } from './style.ts';

/** At the beginning of every page. */
export const PAGE_MARK = '<meta name="generator" content="wassette-state">';

/** More names than these stand in a list of their own. */
export const MOST_IN_LINE = 3;

/** Names that need wide columns, in characters. */
export const LONG_NAME = 30;

/** A whole document. */
export function pageOf({ title, summary, facts, approving, blocks, end }: Review): string {
  const command = approving === null ? null : approvingMarkup(approving);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${new Markup(PAGE_MARK)}
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy(STYLE, null))}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: ${summary}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1><span>${title}</span> ${summary}</h1>
<dl>${facts.map(factMarkup)}</dl>
${command}${blocks.map(blockMarkup)}${end === null ? null : html`<p class="end">${end}</p>\n`}${command}</main>
</body>
</html>
`.text;
}

function factMarkup({ label, value }: Fact): Markup {
  return html`<dt>${label}</dt><dd><code>${value}</code></dd>`;
}

function approvingMarkup({ says, command }: NonNullable<Review['approving']>): Markup {
  const words = command
    .split(' ')
    .flatMap((word, i) => [html`${i === 0 ? '' : ' '}`, html`<span>${word}</span>`]);
  return html`<div class="approve"><p>${says}</p><code>${words}</code></div>\n`;
}

function blockMarkup({ tone, title, why, lines }: Block): Markup {
  const reason = why === null ? null : html`<p class="why">${why}</p>`;
  return html`<section class="${tone}"><h2>${title}</h2>${reason}<ul class="lines">${lines.map(lineMarkup)}</ul></section>\n`;
}

function lineMarkup({ subjects, text, risky, file }: Line): Markup {
  const said = risky ? html`<strong>${text}</strong>` : html`${text}`;
  const below = file === undefined ? null : html`<pre>${file}</pre>`;
  if (subjects.length > MOST_IN_LINE) {
    const items = subjects.map((name) => html`<li>${name}</li>`);
    const kind = subjects.some(({ length }) => length > LONG_NAME) ? 'names long' : 'names';
    return html`<li>${said}<ul class="${kind}">${items}</ul>${below}</li>`;
  }
  const names = subjects.map((name) => html`<span class="name">${name}</span>`);
  const inLine = names.flatMap((name, i) => (i === 0 ? [name] : [html`, `, name]));
  return html`<li>${inLine}${names.length > 0 ? ' ' : ''}${said}${below}</li>`;
}

// The page that a client shows in a frame beside the result of a tool.
import { contentPolicy } from '../content-policy.ts';
import { html, Markup } from '../markup.ts';
import { STYLE } from '../style.ts';
import { VIEW } from './view.ts';

/** In a frame there is less room, and the client may say which theme it has. */
const APP_STYLE = `${STYLE}
body { padding: .75rem; }
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
`;

/** The same for every plan: what it shows comes as messages. */
export function appPage(): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy(APP_STYLE, VIEW))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Import</title>
<style>${new Markup(APP_STYLE)}</style>
</head>
<body>
<main></main>
<script>${new Markup(VIEW)}</script>
</body>
</html>
`.text;
}
